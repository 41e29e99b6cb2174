// SPDX-License-Identifier: MIT
#include "kernels/bce_with_logits.h"

#include "base/error.h"
#include "engine/ops.h"

namespace cameo {
namespace {

class BceWithLogits final : public Node {
 public:
  explicit BceWithLogits(float label) : label_(label) {}
  std::string_view name() const override { return "bce_with_logits"; }
  DType out_type(DType) const override { return DType::F32; }
  void forward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::bce_with_logits_forward(on, io.in[0], io.out, label_); });
  }
  void backward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) {
      kernels::bce_with_logits_backward(on, io.in[0], io.dout, io.din[0], label_);
    });
  }

 private:
  float label_;
};

}  // namespace

Value bce_with_logits(Value x, float label) {
  check(label >= 0 && label <= 1, "bce_with_logits: label ", label, " must be 0 to 1");
  return x.graph->add_node<BceWithLogits>({x}, Shape{}, label);
}

}  // namespace cameo
