// SPDX-License-Identifier: MIT
#include "kernels/bias_leaky.h"

#include "kernels/cpu/column_sums.h"
#include "kernels/cpu/leaky_rows.h"

namespace cameo::kernels {

CAMEO_SIMD void bias_leaky_row(const float* x, const float* b, float* y, int width, float slope) {
  for (int c = 0; c < width; ++c) y[c] = leaky(x[c] + b[c], slope);
}

CAMEO_SIMD void bias_leaky_grad_row(const float* y, const float* dy, float* dx, float* sums,
                                    int width, float slope, bool add) {
  if (dx == nullptr) {
    for (int c = 0; c < width; ++c) sums[c] += leaky_grad(y[c], dy[c], slope);
    return;
  }
  for (int c = 0; c < width; ++c) {
    const float g = leaky_grad(y[c], dy[c], slope);
    sums[c] += g;
    dx[c] = add ? dx[c] + g : g;
  }
}

void bias_leaky_forward(Cpu&, ConstView x, ConstView b, View y, float slope) {
  const int width = x.shape.c;
  parallel_stretches(x.shape.size() / width, rows_of_grain(width), [&](auto begin, auto end) {
    for (auto row = begin; row < end; ++row)
      bias_leaky_row(x.f32() + row * width, b.f32(), y.f32() + row * width, width, slope);
  });
}

void bias_leaky_backward(Cpu&, ConstView y, ConstView dy, Grad dx, Grad db, float slope) {
  const int width = y.shape.c;
  const bool add = dx.write == Write::Add;
  column_sums(y.shape.size() / width, width, db, [&](auto begin, auto end, float* sums) {
    for (auto row = begin; row < end; ++row)
      bias_leaky_grad_row(y.f32() + row * width, dy.f32() + row * width,
                          dx ? dx.view.f32() + row * width : nullptr, sums, width, slope, add);
  });
}

}  // namespace cameo::kernels
