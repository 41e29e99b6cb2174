// SPDX-License-Identifier: MIT
#include "kernels/bias_leaky_shuffle.h"

#include "kernels/cpu/column_sums.h"
#include "kernels/cpu/leaky_rows.h"

namespace cameo::kernels {
namespace {

/// Channel of x, in 0 .. r*r*C, at which output pixel `pixel` begins.
std::int64_t channel_of(std::int64_t from, Shape y, int r) {
  return from % (std::int64_t{y.c} * r * r);
}

}  // namespace

void bias_leaky_shuffle_forward(Cpu&, ConstView x, ConstView b, View y, float slope, int r) {
  const Shape s = y.shape;
  parallel_stretches(s.size() / s.c, rows_of_grain(s.c), [&](auto begin, auto end) {
    for (auto pixel = begin; pixel < end; ++pixel) {
      const std::int64_t from = shuffled_from(pixel, s, r);
      bias_leaky_row(x.f32() + from, b.f32() + channel_of(from, s, r), y.f32() + pixel * s.c, s.c,
                     slope);
    }
  });
}

void bias_leaky_shuffle_backward(Cpu&, ConstView y, ConstView dy, Grad dx, Grad db, float slope,
                                 int r) {
  const Shape s = y.shape;
  const bool add = dx.write == Write::Add;
  column_sums(s.size() / s.c, s.c * r * r, db, [&](auto begin, auto end, float* sums) {
    for (auto pixel = begin; pixel < end; ++pixel) {
      const std::int64_t from = shuffled_from(pixel, s, r);
      bias_leaky_grad_row(y.f32() + pixel * s.c, dy.f32() + pixel * s.c,
                          dx ? dx.view.f32() + from : nullptr, sums + channel_of(from, s, r), s.c,
                          slope, add);
    }
  });
}

}  // namespace cameo::kernels
