// SPDX-License-Identifier: MIT
#include "kernels/pixel_shuffle.h"

#include <algorithm>

#include "kernels/cpu/loops.h"

namespace cameo::kernels {

void pixel_shuffle_forward(Cpu&, ConstView x, View y, int r) {
  const Shape s = y.shape;
  parallel_stretches(s.size() / s.c, rows_of_grain(s.c), [&](auto begin, auto end) {
    for (auto pixel = begin; pixel < end; ++pixel)
      std::copy_n(x.f32() + shuffled_from(pixel, s, r), s.c, y.f32() + pixel * s.c);
  });
}

void pixel_shuffle_backward(Cpu&, ConstView dy, Grad dx, int r) {
  const Shape s = dy.shape;
  parallel_stretches(s.size() / s.c, rows_of_grain(s.c), [&](auto begin, auto end) {
    for (auto pixel = begin; pixel < end; ++pixel) {
      const std::int64_t from = shuffled_from(pixel, s, r);
      for (int c = 0; c < s.c; ++c) put(dx, from + c, dy.f32()[pixel * s.c + c]);
    }
  });
}

}  // namespace cameo::kernels
