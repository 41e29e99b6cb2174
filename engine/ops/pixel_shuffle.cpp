// SPDX-License-Identifier: MIT
#include "kernels/pixel_shuffle.h"

#include "engine/ops.h"
#include "engine/ops/shapes.h"

namespace cameo {
namespace {

class PixelShuffle final : public Node {
 public:
  explicit PixelShuffle(int r) : r_(r) {}
  std::string_view name() const override { return "pixel_shuffle"; }
  Attributes attributes() const override { return {{"r", {static_cast<double>(r_)}}}; }
  void forward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::pixel_shuffle_forward(on, io.in[0], io.out, r_); });
  }
  void backward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) { kernels::pixel_shuffle_backward(on, io.dout, io.din[0], r_); });
  }

 private:
  int r_;
};

}  // namespace

Value pixel_shuffle(Value x, int r) {
  return x.graph->add_node<PixelShuffle>({x}, shuffled_shape("pixel_shuffle", x.shape(), r), r);
}

}  // namespace cameo
