// SPDX-License-Identifier: MIT
#include "kernels/slice.h"

#include "base/error.h"
#include "engine/ops.h"

namespace cameo {
namespace {

class Slice final : public Node {
 public:
  explicit Slice(int at) : at_(at) {}
  std::string_view name() const override { return "slice"; }
  Attributes attributes() const override { return {{"at", {static_cast<double>(at_)}}}; }
  void forward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::slice_forward(on, io.in[0], io.out, at_); });
  }
  void backward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::slice_backward(on, io.dout, io.din[0], at_); });
  }

 private:
  int at_;
};

}  // namespace

Value slice(Value x, int at, int count) {
  const Shape s = x.shape();
  check(at >= 0 && count > 0 && at + count <= s.n, "slice: images ", at, " to ", at + count,
        " of a batch of ", s.n);
  return x.graph->add_node<Slice>({x}, Shape{count, s.h, s.w, s.c}, at);
}

}  // namespace cameo
