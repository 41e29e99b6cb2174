// SPDX-License-Identifier: MIT
#include "kernels/scale.h"

#include <cmath>

#include "base/error.h"
#include "engine/ops.h"

namespace cameo {
namespace {

class Scale final : public Node {
 public:
  explicit Scale(float k) : k_(k) {}
  std::string_view name() const override { return "scale"; }
  Attributes attributes() const override { return {{"k", {k_}}}; }
  void forward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::scale_forward(on, io.in[0], io.out, k_); });
  }
  void backward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::scale_backward(on, io.dout, io.din[0], k_); });
  }

 private:
  float k_;
};

}  // namespace

Value scale(Value x, float k) {
  check(std::isfinite(k), "scale: the factor is ", k);
  return x.graph->add_node<Scale>({x}, x.shape(), k);
}

}  // namespace cameo
