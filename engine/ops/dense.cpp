// SPDX-License-Identifier: MIT
#include "kernels/dense.h"

#include "base/error.h"
#include "engine/ops.h"

namespace cameo {
namespace {

class Dense final : public Node {
 public:
  std::string_view name() const override { return "dense"; }
  std::size_t prepare(Exec& exec, const Prep& prep) override {
    plan_ = run(exec, [&](auto& on) { return kernels::make_dense(on, spec(prep)); });
    return plan_->scratch_bytes();
  }
  std::size_t estimate_scratch(Exec& exec, const Prep& prep) const override {
    return run(exec, [&](auto& on) { return kernels::estimate_dense_scratch(on, spec(prep)); });
  }
  void forward(Exec&, const Io& io) override {
    plan_->forward(io.in[0], io.in[1], io.in[2], io.out, io.scratch);
  }
  void backward(Exec&, const Io& io) override {
    plan_->backward(io.in[0], io.in[1], io.dout, io.din[0], io.din[1], io.din[2], io.scratch);
  }

 private:
  static kernels::DenseSpec spec(const Prep& prep) {
    return {.n = prep.in[0].n,
            .in = prep.in[1].c,
            .out = prep.in[1].n,
            .wants_dx = prep.wants[0],
            .wants_dw = prep.wants[1],
            .constant_weights = prep.mode == Mode::Inference};
  }

  std::unique_ptr<kernels::Dense> plan_;
};

}  // namespace

Value dense(Value x, Value w, Value b, DenseOptions options) {
  const Shape in = x.shape(), kernel = w.shape();
  check(in.size() == std::int64_t{in.n} * kernel.c && kernel.h == 1 && kernel.w == 1,
        "dense: input ", in, " has ", in.size() / in.n, " elements an image, kernel ", kernel,
        " wants ", kernel.c);
  check(b.shape() == Shape{1, 1, 1, kernel.n}, "dense: the bias is ", b.shape(), ", kernel ",
        kernel, " wants [1,1,1,", kernel.n, "]");
  const int pixels = options.h * options.w;
  check(pixels > 0 && kernel.n % pixels == 0, "dense: ", kernel.n, " outputs do not divide into ",
        options.h, "x", options.w, " pixels");
  return x.graph->add_node<Dense>({x, w, b}, Shape{in.n, options.h, options.w, kernel.n / pixels});
}

}  // namespace cameo
