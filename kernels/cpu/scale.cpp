// SPDX-License-Identifier: MIT
#include "kernels/scale.h"

#include "kernels/cpu/loops.h"

namespace cameo::kernels {
namespace {

CAMEO_SIMD void scale_row(const float* x, float* y, std::int64_t count, float k, bool add) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = add ? y[i] + k * x[i] : k * x[i];
}

void scale_all(ConstView x, View y, float k, bool add) {
  parallel_stretches(x.shape.size(), kGrain, [&](auto begin, auto end) {
    scale_row(x.f32() + begin, y.f32() + begin, end - begin, k, add);
  });
}

}  // namespace

void scale_forward(Cpu&, ConstView x, View y, float k) {
  scale_all(x, y, k, false);
}

void scale_backward(Cpu&, ConstView dy, Grad dx, float k) {
  scale_all(dy, dx.view, k, dx.write == Write::Add);
}

}  // namespace cameo::kernels
