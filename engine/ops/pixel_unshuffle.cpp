// SPDX-License-Identifier: MIT
#include "kernels/pixel_unshuffle.h"

#include "base/error.h"
#include "engine/ops.h"

namespace cameo {
namespace {

class PixelUnshuffle final : public Node {
 public:
  explicit PixelUnshuffle(int r) : r_(r) {}
  std::string_view name() const override { return "pixel_unshuffle"; }
  Attributes attributes() const override { return {{"r", {static_cast<double>(r_)}}}; }
  void forward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::pixel_unshuffle_forward(on, io.in[0], io.out, r_); });
  }
  void backward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::pixel_unshuffle_backward(on, io.dout, io.din[0], r_); });
  }

 private:
  int r_;
};

}  // namespace

Value pixel_unshuffle(Value x, int r) {
  const Shape s = x.shape();
  check(r > 0 && s.h % r == 0 && s.w % r == 0, "pixel_unshuffle: the sides of ", s,
        " do not divide by ", r);
  return x.graph->add_node<PixelUnshuffle>({x}, Shape{s.n, s.h / r, s.w / r, s.c * r * r}, r);
}

}  // namespace cameo
