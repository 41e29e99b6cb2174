// SPDX-License-Identifier: MIT
#include "kernels/concat.h"

#include "base/error.h"
#include "engine/ops.h"

namespace cameo {
namespace {

class Concat final : public Node {
 public:
  std::string_view name() const override { return "concat"; }
  void forward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::concat_forward(on, io.in[0], io.in[1], io.out); });
  }
  void backward(Exec& exec, const Io& io) override {
    const int channels = io.in[0].shape.c;
    run(exec,
        [&](auto& on) { kernels::concat_backward(on, io.dout, io.din[0], io.din[1], channels); });
  }
};

}  // namespace

Value concat(Value a, Value b) {
  const Shape s = a.shape(), t = b.shape();
  check(s.n == t.n && s.h == t.h && s.w == t.w, "concat: ", s, " and ", t,
        " differ in more than their channels");
  return a.graph->add_node<Concat>({a, b}, Shape{s.n, s.h, s.w, s.c + t.c});
}

}  // namespace cameo
