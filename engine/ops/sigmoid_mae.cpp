// SPDX-License-Identifier: MIT
#include "kernels/sigmoid_mae.h"

#include "base/error.h"
#include "engine/ops.h"
#include "engine/ops/shapes.h"

namespace cameo {
namespace {

class SigmoidMae final : public Node {
 public:
  std::string_view name() const override { return "sigmoid_mae"; }
  DType out_type(DType) const override { return DType::F32; }
  void forward(Exec& exec, const Io& io) override {
    run(exec,
        [&](auto& on) { kernels::sigmoid_mae_forward(on, io.in[0], io.in[1], io.out, mask(io)); });
  }
  void backward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) {
      if (io.din[0])
        kernels::sigmoid_mae_backward(on, io.in[0], io.in[1], io.dout, io.din[0], mask(io));
    });
  }

 private:
  static ConstView mask(const Io& io) { return io.in.size() > 2 ? io.in[2] : ConstView{}; }
};

}  // namespace

Value sigmoid_mae(Value x, Value t, std::optional<Value> mask) {
  check(x.shape() == t.shape(), "sigmoid_mae: ", x.shape(), " against target ", t.shape());
  check(!t.graph->wants_grad(t), "sigmoid_mae: the target wants a gradient, and none goes to it");
  if (!mask) return x.graph->add_node<SigmoidMae>({x, t}, Shape{});
  check_mask("sigmoid_mae", x.shape(), *mask);
  return x.graph->add_node<SigmoidMae>({x, t, *mask}, Shape{});
}

}  // namespace cameo
