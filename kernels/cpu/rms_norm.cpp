// SPDX-License-Identifier: MIT
#include "kernels/rms_norm.h"

#include "kernels/cpu/loops.h"

namespace cameo::kernels {
namespace {

/// The dot product of a and b.
double dot(const float* a, const float* b, std::int64_t count) {
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += double{a[i]} * b[i];
  return sum;
}

}  // namespace

void rms_norm_forward(Cpu&, ConstView x, View y, float eps) {
  const std::int64_t count = x.shape.size() / x.shape.n;
  parallel_stretches(x.shape.n, 1, [&](auto n, auto) {
    const float* from = x.f32() + n * count;
    const float scale = rms_scale(dot(from, from, count), count, eps);
    for (std::int64_t i = 0; i < count; ++i) y.f32()[n * count + i] = scale * from[i];
  });
}

void rms_norm_backward(Cpu&, ConstView x, ConstView dy, Grad dx, float eps) {
  const std::int64_t count = x.shape.size() / x.shape.n;
  parallel_stretches(x.shape.n, 1, [&](auto n, auto) {
    const float *from = x.f32() + n * count, *g = dy.f32() + n * count;
    const float scale = rms_scale(dot(from, from, count), count, eps);
    const auto mean = static_cast<float>(dot(g, from, count) / static_cast<double>(count));
    const float share = scale * scale * scale * mean;
    for (std::int64_t i = 0; i < count; ++i)
      put(dx, n * count + i, rms_grad(from[i], g[i], scale, share));
  });
}

}  // namespace cameo::kernels
