// SPDX-License-Identifier: MIT
#include "kernels/add.h"

#include "kernels/cpu/loops.h"

namespace cameo::kernels {
namespace {

CAMEO_SIMD void add_row(const float* a, const float* b, float* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = a[i] + b[i];
}

CAMEO_SIMD void pass_row(const float* dy, float* dx, std::int64_t count, bool add) {
  for (std::int64_t i = 0; i < count; ++i) dx[i] = add ? dx[i] + dy[i] : dy[i];
}

void pass(ConstView dy, Grad to) {
  if (!to) return;
  const bool add = to.write == Write::Add;
  parallel_stretches(dy.shape.size(), kGrain, [&](auto begin, auto end) {
    pass_row(dy.f32() + begin, to.view.f32() + begin, end - begin, add);
  });
}

}  // namespace

void add_forward(Cpu&, ConstView a, ConstView b, View y) {
  parallel_stretches(y.shape.size(), kGrain, [&](auto begin, auto end) {
    add_row(a.f32() + begin, b.f32() + begin, y.f32() + begin, end - begin);
  });
}

void add_backward(Cpu&, ConstView dy, Grad da, Grad db) {
  pass(dy, da);
  pass(dy, db);
}

}  // namespace cameo::kernels
