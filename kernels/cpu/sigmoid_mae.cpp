// SPDX-License-Identifier: MIT
#include "kernels/sigmoid_mae.h"

#include <cmath>

#include "kernels/cpu/sum.h"

namespace cameo::kernels {

void sigmoid_mae_forward(Cpu&, ConstView x, ConstView t, View out, ConstView mask) {
  const std::int64_t count = x.shape.size();
  const PixelMask weight = pixel_mask("sigmoid_mae", mask, x.shape);
  const double sum = ordered_sum(
      count, [&](auto i) { return weight.at(i) * std::abs(sigmoid(x.f32()[i]) - t.f32()[i]); });
  *out.f32() = static_cast<float>(sum / static_cast<double>(count));
}

void sigmoid_mae_backward(Cpu&, ConstView x, ConstView t, ConstView dout, Grad dx, ConstView mask) {
  const PixelMask weight = pixel_mask("sigmoid_mae", mask, x.shape);
  const float k = *dout.f32() / static_cast<float>(x.shape.size());
  parallel_stretches(x.shape.size(), kGrain, [&](auto begin, auto end) {
    for (auto i = begin; i < end; ++i) {
      const float y = sigmoid(x.f32()[i]);
      put(dx, i, sigmoid_grad(y, mae_grad(y, t.f32()[i], k * weight.at(i))));
    }
  });
}

}  // namespace cameo::kernels
