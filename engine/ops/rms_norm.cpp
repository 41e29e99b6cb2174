// SPDX-License-Identifier: MIT
#include "kernels/rms_norm.h"

#include "base/error.h"
#include "engine/ops.h"

namespace cameo {
namespace {

class RmsNorm final : public Node {
 public:
  explicit RmsNorm(float eps) : eps_(eps) {}
  std::string_view name() const override { return "rms_norm"; }
  Attributes attributes() const override { return {{"eps", {eps_}}}; }
  void forward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::rms_norm_forward(on, io.in[0], io.out, eps_); });
  }
  void backward(Exec& exec, const Io& io) override {
    run(exec,
        [&](auto& on) { kernels::rms_norm_backward(on, io.in[0], io.dout, io.din[0], eps_); });
  }

 private:
  float eps_;
};

}  // namespace

Value rms_norm(Value x, float eps) {
  check(eps > 0, "rms_norm: eps must be > 0, got ", eps, ": a sample of zeros would yield NaN");
  return x.graph->add_node<RmsNorm>({x}, x.shape(), eps);
}

}  // namespace cameo
