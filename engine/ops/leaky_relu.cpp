// SPDX-License-Identifier: MIT
#include "kernels/leaky_relu.h"

#include "engine/ops.h"
#include "engine/ops/shapes.h"

namespace cameo {
namespace {

class LeakyRelu final : public Node {
 public:
  explicit LeakyRelu(float slope) : slope_(slope) {}
  std::string_view name() const override { return "leaky_relu"; }
  Attributes attributes() const override { return {{"slope", {slope_}}}; }
  void forward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::leaky_relu_forward(on, io.in[0], io.out, slope_); });
  }
  void backward(Exec& exec, const Io& io) override {
    run(exec,
        [&](auto& on) { kernels::leaky_relu_backward(on, io.out, io.dout, io.din[0], slope_); });
  }

 private:
  float slope_;
};

}  // namespace

Value leaky_relu(Value x, float slope) {
  check_slope("leaky_relu", slope);
  return x.graph->add_node<LeakyRelu>({x}, x.shape(), slope);
}

}  // namespace cameo
