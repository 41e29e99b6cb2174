// SPDX-License-Identifier: MIT
#include "kernels/add.h"

#include "base/error.h"
#include "engine/ops.h"

namespace cameo {
namespace {

class Add final : public Node {
 public:
  std::string_view name() const override { return "add"; }
  void forward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::add_forward(on, io.in[0], io.in[1], io.out); });
  }
  void backward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::add_backward(on, io.dout, io.din[0], io.din[1]); });
  }
};

}  // namespace

Value add(Value a, Value b) {
  check(a.shape() == b.shape(), "add: ", a.shape(), " and ", b.shape(),
        " differ; bias adds [1,1,1,C] to every pixel");
  return a.graph->add_node<Add>({a, b}, a.shape());
}

}  // namespace cameo
