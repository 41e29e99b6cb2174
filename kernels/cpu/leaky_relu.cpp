// SPDX-License-Identifier: MIT
#include "kernels/leaky_relu.h"

#include "kernels/cpu/loops.h"

namespace cameo::kernels {
namespace {

CAMEO_SIMD void forward_row(const float* x, float* y, std::int64_t count, float slope) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = leaky(x[i], slope);
}

CAMEO_SIMD void backward_row(const float* y, const float* dy, float* dx, std::int64_t count,
                             float slope, bool add) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float g = leaky_grad(y[i], dy[i], slope);
    dx[i] = add ? dx[i] + g : g;
  }
}

}  // namespace

void leaky_relu_forward(Cpu&, ConstView x, View y, float slope) {
  parallel_stretches(x.shape.size(), kGrain, [&](auto begin, auto end) {
    forward_row(x.f32() + begin, y.f32() + begin, end - begin, slope);
  });
}

void leaky_relu_backward(Cpu&, ConstView y, ConstView dy, Grad dx, float slope) {
  const bool add = dx.write == Write::Add;
  parallel_stretches(y.shape.size(), kGrain, [&](auto begin, auto end) {
    backward_row(y.f32() + begin, dy.f32() + begin, dx.view.f32() + begin, end - begin, slope, add);
  });
}

}  // namespace cameo::kernels
