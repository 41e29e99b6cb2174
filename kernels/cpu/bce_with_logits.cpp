// SPDX-License-Identifier: MIT
#include "kernels/bce_with_logits.h"

#include "kernels/cpu/sum.h"

namespace cameo::kernels {

void bce_with_logits_forward(Cpu&, ConstView x, View out, float label) {
  const std::int64_t count = x.shape.size();
  const double sum = ordered_sum(count, [&](auto i) { return bce(x.f32()[i], label); });
  *out.f32() = static_cast<float>(sum / static_cast<double>(count));
}

void bce_with_logits_backward(Cpu&, ConstView x, ConstView dout, Grad dx, float label) {
  const float k = *dout.f32() / static_cast<float>(x.shape.size());
  parallel_stretches(x.shape.size(), kGrain, [&](auto begin, auto end) {
    for (auto i = begin; i < end; ++i) put(dx, i, bce_grad(x.f32()[i], label, k));
  });
}

}  // namespace cameo::kernels
