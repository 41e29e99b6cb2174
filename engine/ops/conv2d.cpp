// SPDX-License-Identifier: MIT
#include "kernels/conv2d.h"

#include <utility>

#include "base/error.h"
#include "engine/ops.h"

namespace cameo {
namespace {

class Conv2d final : public Node {
 public:
  explicit Conv2d(Conv2dOptions options) : options_(options) {}
  std::string_view name() const override { return "conv2d"; }
  Attributes attributes() const override {
    const Pad& p = options_.pad;
    const auto number = [](int i) { return static_cast<double>(i); };
    return {{"stride", {number(options_.stride)}},
            {"pad", {number(p.top), number(p.left), number(p.bottom), number(p.right)}}};
  }
  std::size_t prepare(Exec& exec, const Prep& prep) override {
    plan_ = run(exec, [&](auto& on) { return kernels::make_conv2d(on, spec(prep)); });
    return plan_->scratch_bytes();
  }
  std::size_t estimate_scratch(Exec& exec, const Prep& prep) const override {
    return run(exec, [&](auto& on) { return kernels::estimate_conv2d_scratch(on, spec(prep)); });
  }
  void forward(Exec&, const Io& io) override {
    plan_->forward(io.in[0], io.in[1], io.out, io.scratch);
  }
  void backward(Exec&, const Io& io) override {
    plan_->backward(io.in[0], io.in[1], io.dout, io.din[0], io.din[1], io.scratch);
  }

 private:
  kernels::Conv2dSpec spec(const Prep& prep) const {
    return {.x = prep.in[0],
            .w = prep.in[1],
            .y = prep.out,
            .stride = options_.stride,
            .pad = options_.pad,
            .wants_dx = prep.wants[0],
            .wants_dw = prep.wants[1],
            .constant_weights = prep.mode == Mode::Inference};
  }

  Conv2dOptions options_;
  std::unique_ptr<kernels::Conv2d> plan_;
};

}  // namespace

Value conv2d(Value x, Value w, Conv2dOptions options) {
  const Shape in = x.shape(), window = w.shape();
  const Pad p = options.pad;
  check(options.stride > 0, "conv2d: stride must be > 0, got ", options.stride);
  check(in.c == window.c, "conv2d: input ", in, " has ", in.c, " channels, kernel ", window,
        " wants ", window.c);
  const int rows = in.h + p.top + p.bottom - window.h, columns = in.w + p.left + p.right - window.w;
  check(rows >= 0 && columns >= 0, "conv2d: kernel ", window, " is larger than the padded input ",
        in);
  const Shape out{in.n, rows / options.stride + 1, columns / options.stride + 1, window.n};
  return x.graph->add_node<Conv2d>({x, w}, out, options);
}

}  // namespace cameo
