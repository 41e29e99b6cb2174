// SPDX-License-Identifier: MIT
#include "kernels/concat.h"

#include <algorithm>

#include "kernels/cpu/loops.h"

namespace cameo::kernels {
namespace {

/// Channels [first, first + C) of dy into a gradient [N,H,W,C].
void take_channels(ConstView dy, int first, Grad to) {
  if (!to) return;
  const int whole = dy.shape.c, width = to.view.shape.c;
  parallel_stretches(dy.shape.size() / whole, rows_of_grain(width), [&](auto begin, auto end) {
    for (auto pixel = begin; pixel < end; ++pixel) {
      const float* from = dy.f32() + pixel * whole + first;
      for (int c = 0; c < width; ++c) put(to, pixel * width + c, from[c]);
    }
  });
}

}  // namespace

void concat_forward(Cpu&, ConstView a, ConstView b, View y) {
  const int width = a.shape.c, other = b.shape.c;
  parallel_stretches(y.shape.size() / y.shape.c, rows_of_grain(y.shape.c),
                     [&](auto begin, auto end) {
                       for (auto pixel = begin; pixel < end; ++pixel) {
                         float* const to = y.f32() + pixel * (width + other);
                         std::copy_n(a.f32() + pixel * width, width, to);
                         std::copy_n(b.f32() + pixel * other, other, to + width);
                       }
                     });
}

void concat_backward(Cpu&, ConstView dy, Grad da, Grad db, int channels) {
  take_channels(dy, 0, da);
  take_channels(dy, channels, db);
}

}  // namespace cameo::kernels
