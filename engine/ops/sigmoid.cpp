// SPDX-License-Identifier: MIT
#include "kernels/sigmoid.h"

#include "engine/ops.h"

namespace cameo {
namespace {

class Sigmoid final : public Node {
 public:
  std::string_view name() const override { return "sigmoid"; }
  void forward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::sigmoid_forward(on, io.in[0], io.out); });
  }
  void backward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::sigmoid_backward(on, io.out, io.dout, io.din[0]); });
  }
};

}  // namespace

Value sigmoid(Value x) {
  return x.graph->add_node<Sigmoid>({x}, x.shape());
}

}  // namespace cameo
