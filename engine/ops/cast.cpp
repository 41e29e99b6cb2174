// SPDX-License-Identifier: MIT
#include "kernels/cast.h"

#include "engine/ops.h"

namespace cameo {
namespace {

class Cast final : public Node {
 public:
  explicit Cast(DType to) : to_(to) {}
  std::string_view name() const override { return "cast"; }
  DType out_type(DType) const override { return to_; }
  void forward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::cast_forward(on, io.in[0], io.out); });
  }
  void backward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::cast_backward(on, io.dout, io.din[0]); });
  }

 private:
  DType to_;
};

}  // namespace

Value cast(Value x, DType to) {
  return x.graph->add_node<Cast>({x}, x.shape(), to);
}

}  // namespace cameo
