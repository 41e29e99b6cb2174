// SPDX-License-Identifier: MIT
#include "kernels/bias.h"

#include "kernels/cpu/column_sums.h"

namespace cameo::kernels {
namespace {

CAMEO_SIMD void add_row(const float* x, const float* b, float* y, int width) {
  for (int c = 0; c < width; ++c) y[c] = x[c] + b[c];
}

CAMEO_SIMD void pass_row(const float* dy, float* dx, float* sums, int width, bool add) {
  for (int c = 0; c < width; ++c) sums[c] += dy[c];
  if (dx == nullptr) return;
  for (int c = 0; c < width; ++c) dx[c] = add ? dx[c] + dy[c] : dy[c];
}

}  // namespace

void bias_forward(Cpu&, ConstView x, ConstView b, View y) {
  const int width = x.shape.c;
  parallel_stretches(x.shape.size() / width, rows_of_grain(width), [&](auto begin, auto end) {
    for (auto row = begin; row < end; ++row)
      add_row(x.f32() + row * width, b.f32(), y.f32() + row * width, width);
  });
}

void bias_backward(Cpu&, ConstView dy, Grad dx, Grad db) {
  const int width = dy.shape.c;
  const bool add = dx.write == Write::Add;
  column_sums(dy.shape.size() / width, width, db, [&](auto begin, auto end, float* sums) {
    for (auto row = begin; row < end; ++row)
      pass_row(dy.f32() + row * width, dx ? dx.view.f32() + row * width : nullptr, sums, width,
               add);
  });
}

}  // namespace cameo::kernels
