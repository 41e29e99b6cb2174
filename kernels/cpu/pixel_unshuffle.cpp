// SPDX-License-Identifier: MIT
#include "kernels/pixel_unshuffle.h"

#include <algorithm>

#include "kernels/cpu/loops.h"
#include "kernels/pixel_shuffle.h"

namespace cameo::kernels {

void pixel_unshuffle_forward(Cpu&, ConstView x, View y, int r) {
  const Shape s = x.shape;
  parallel_stretches(s.size() / s.c, rows_of_grain(s.c), [&](auto begin, auto end) {
    for (auto pixel = begin; pixel < end; ++pixel)
      std::copy_n(x.f32() + pixel * s.c, s.c, y.f32() + shuffled_from(pixel, s, r));
  });
}

void pixel_unshuffle_backward(Cpu&, ConstView dy, Grad dx, int r) {
  const Shape s = dx.view.shape;
  parallel_stretches(s.size() / s.c, rows_of_grain(s.c), [&](auto begin, auto end) {
    for (auto pixel = begin; pixel < end; ++pixel) {
      const std::int64_t from = shuffled_from(pixel, s, r);
      for (int c = 0; c < s.c; ++c) put(dx, pixel * s.c + c, dy.f32()[from + c]);
    }
  });
}

}  // namespace cameo::kernels
