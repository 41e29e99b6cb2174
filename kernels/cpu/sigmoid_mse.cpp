// SPDX-License-Identifier: MIT
#include "kernels/sigmoid_mse.h"

#include "kernels/cpu/sum.h"

namespace cameo::kernels {

void sigmoid_mse_forward(Cpu&, ConstView x, ConstView t, View out) {
  const std::int64_t count = x.shape.size();
  const double sum =
      ordered_sum(count, [&](auto i) { return squared_error(sigmoid(x.f32()[i]), t.f32()[i]); });
  *out.f32() = static_cast<float>(sum / static_cast<double>(count));
}

void sigmoid_mse_backward(Cpu&, ConstView x, ConstView t, ConstView dout, Grad dx) {
  const float k = *dout.f32() / static_cast<float>(x.shape.size());
  parallel_stretches(x.shape.size(), kGrain, [&](auto begin, auto end) {
    for (auto i = begin; i < end; ++i) {
      const float y = sigmoid(x.f32()[i]);
      put(dx, i, sigmoid_grad(y, mse_grad(y, t.f32()[i], k)));
    }
  });
}

}  // namespace cameo::kernels
