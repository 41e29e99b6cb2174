// SPDX-License-Identifier: MIT
#include "kernels/bias_leaky.h"

#include "engine/ops.h"
#include "engine/ops/shapes.h"

namespace cameo {
namespace {

class BiasLeaky final : public Node {
 public:
  explicit BiasLeaky(float slope) : slope_(slope) {}
  std::string_view name() const override { return "bias_leaky"; }
  Attributes attributes() const override { return {{"slope", {slope_}}}; }
  void forward(Exec& exec, const Io& io) override {
    run(exec,
        [&](auto& on) { kernels::bias_leaky_forward(on, io.in[0], io.in[1], io.out, slope_); });
  }
  void backward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) {
      kernels::bias_leaky_backward(on, io.out, io.dout, io.din[0], io.din[1], slope_);
    });
  }

 private:
  float slope_;
};

}  // namespace

Value bias_leaky(Value x, Value b, float slope) {
  check_bias("bias_leaky", x.shape(), b.shape());
  check_slope("bias_leaky", slope);
  return x.graph->add_node<BiasLeaky>({x, b}, x.shape(), slope);
}

}  // namespace cameo
