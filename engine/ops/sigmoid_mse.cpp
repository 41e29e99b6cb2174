// SPDX-License-Identifier: MIT
#include "kernels/sigmoid_mse.h"

#include "base/error.h"
#include "engine/ops.h"

namespace cameo {
namespace {

class SigmoidMse final : public Node {
 public:
  std::string_view name() const override { return "sigmoid_mse"; }
  DType out_type(DType) const override { return DType::F32; }
  void forward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::sigmoid_mse_forward(on, io.in[0], io.in[1], io.out); });
  }
  void backward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) {
      if (io.din[0]) kernels::sigmoid_mse_backward(on, io.in[0], io.in[1], io.dout, io.din[0]);
    });
  }
};

}  // namespace

Value sigmoid_mse(Value x, Value t) {
  check(x.shape() == t.shape(), "sigmoid_mse: ", x.shape(), " against target ", t.shape());
  check(!t.graph->wants_grad(t), "sigmoid_mse: the target wants a gradient, and none goes to it");
  return x.graph->add_node<SigmoidMse>({x, t}, Shape{});
}

}  // namespace cameo
