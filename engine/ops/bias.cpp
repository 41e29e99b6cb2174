// SPDX-License-Identifier: MIT
#include "kernels/bias.h"

#include "engine/ops.h"
#include "engine/ops/shapes.h"

namespace cameo {
namespace {

class Bias final : public Node {
 public:
  std::string_view name() const override { return "bias"; }
  void forward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::bias_forward(on, io.in[0], io.in[1], io.out); });
  }
  void backward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::bias_backward(on, io.dout, io.din[0], io.din[1]); });
  }
};

}  // namespace

Value bias(Value x, Value b) {
  check_bias("bias", x.shape(), b.shape());
  return x.graph->add_node<Bias>({x, b}, x.shape());
}

}  // namespace cameo
