// SPDX-License-Identifier: MIT
#include "kernels/bias_leaky_shuffle.h"

#include "engine/ops.h"
#include "engine/ops/shapes.h"

namespace cameo {
namespace {

class BiasLeakyShuffle final : public Node {
 public:
  BiasLeakyShuffle(float slope, int r) : slope_(slope), r_(r) {}
  std::string_view name() const override { return "bias_leaky_shuffle"; }
  Attributes attributes() const override {
    return {{"slope", {slope_}}, {"r", {static_cast<double>(r_)}}};
  }
  void forward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) {
      kernels::bias_leaky_shuffle_forward(on, io.in[0], io.in[1], io.out, slope_, r_);
    });
  }
  void backward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) {
      kernels::bias_leaky_shuffle_backward(on, io.out, io.dout, io.din[0], io.din[1], slope_, r_);
    });
  }

 private:
  float slope_;
  int r_;
};

}  // namespace

Value bias_leaky_shuffle(Value x, Value b, float slope, int r) {
  check_bias("bias_leaky_shuffle", x.shape(), b.shape());
  check_slope("bias_leaky_shuffle", slope);
  const Shape out = shuffled_shape("bias_leaky_shuffle", x.shape(), r);
  return x.graph->add_node<BiasLeakyShuffle>({x, b}, out, slope, r);
}

}  // namespace cameo
