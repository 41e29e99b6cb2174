// SPDX-License-Identifier: MIT
#include <memory>

#include "base/error.h"
#include "engine/ops.h"
#include "kernels/conv2d.h"

namespace cameo {
namespace {

/// Runs the plan of the convolution whose gradient it is: what that calls dx is our output, and its
/// forward is our gradient.
class Conv2dTranspose final : public Node {
 public:
  explicit Conv2dTranspose(int stride) : stride_(stride) {}
  std::string_view name() const override { return "conv2d_transpose"; }
  std::size_t prepare(Exec& exec, const Prep& prep) override {
    plan_ = run(exec, [&](auto& on) { return kernels::make_conv2d(on, spec(prep)); });
    return plan_->scratch_bytes();
  }
  std::size_t estimate_scratch(Exec& exec, const Prep& prep) const override {
    return run(exec, [&](auto& on) { return kernels::estimate_conv2d_scratch(on, spec(prep)); });
  }
  void forward(Exec&, const Io& io) override {
    plan_->backward(io.out, io.in[1], io.in[0], {io.out}, {}, io.scratch);
  }
  void backward(Exec&, const Io& io) override {
    if (io.din[0]) plan_->accumulate(io.dout, io.in[1], io.din[0], io.scratch);
    if (io.din[1]) plan_->backward(io.dout, io.in[1], io.in[0], {}, io.din[1], io.scratch);
  }

 private:
  kernels::Conv2dSpec spec(const Prep& prep) const {
    return {.x = prep.out,
            .w = prep.in[1],
            .y = prep.in[0],
            .stride = stride_,
            .pad = Pad::same(prep.out.h, prep.in[1].h, stride_),
            .wants_dx = true,
            .wants_dw = prep.wants[1],
            .constant_weights = prep.mode == Mode::Inference};
  }

  int stride_;
  std::unique_ptr<kernels::Conv2d> plan_;
};

}  // namespace

Value conv2d_transpose(Value x, Value w, int stride) {
  const Shape in = x.shape(), window = w.shape();
  check(stride > 0, "conv2d_transpose: stride must be > 0, got ", stride);
  check(in.c == window.n, "conv2d_transpose: input ", in, " has ", in.c, " channels, kernel ",
        window, " wants ", window.n);
  check(in.h == in.w && window.h == window.w && window.h >= stride, "conv2d_transpose: input ", in,
        " and kernel ", window, " must be squares, and the kernel no less than the stride ",
        stride);
  return x.graph->add_node<Conv2dTranspose>(
      {x, w}, Shape{in.n, in.h * stride, in.w * stride, window.c}, stride);
}

}  // namespace cameo
