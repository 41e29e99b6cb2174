// SPDX-License-Identifier: MIT
#include "kernels/mae.h"

#include "base/error.h"
#include "engine/ops.h"

namespace cameo {
namespace {

class Mae final : public Node {
 public:
  std::string_view name() const override { return "mae"; }
  DType out_type(DType) const override { return DType::F32; }
  void forward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::mae_forward(on, io.in[0], io.in[1], io.out); });
  }
  void backward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) {
      if (io.din[0]) kernels::mae_backward(on, io.in[0], io.in[1], io.dout, io.din[0]);
    });
  }
};

}  // namespace

Value mae(Value x, Value t) {
  check(x.shape() == t.shape(), "mae: ", x.shape(), " against target ", t.shape());
  check(!t.graph->wants_grad(t), "mae: the target wants a gradient, and none goes to it");
  return x.graph->add_node<Mae>({x, t}, Shape{});
}

}  // namespace cameo
