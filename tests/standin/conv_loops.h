// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/bf16.h"
#include "kernels/conv_pass.h"

namespace cameo::kernels {

inline std::int64_t offset(Shape s, int n, int h, int w) {
  return ((std::int64_t{n} * s.h + h) * s.w + w) * s.c;
}

/// Calls body(x, w, y), offsets of the first channel, for each pixel of output image n and each
/// tap of the window that falls on the input; w is that of output channel 0.
template <class F>
void each_tap(const Conv2dSpec& s, int n, F body) {
  for (int oy = 0; oy < s.y.h; ++oy)
    for (int ox = 0; ox < s.y.w; ++ox)
      for (int ky = 0; ky < s.w.h; ++ky)
        for (int kx = 0; kx < s.w.w; ++kx) {
          const int iy = oy * s.stride - s.pad.top + ky, ix = ox * s.stride - s.pad.left + kx;
          if (iy >= 0 && iy < s.x.h && ix >= 0 && ix < s.x.w)
            body(offset(s.x, n, iy, ix), offset(s.w, 0, ky, kx), offset(s.y, n, oy, ox));
        }
}

/// One pass of a convolution by its definition, sums in float32 and always in the same order;
/// as_factor(T) is the float that enters a product. The array that the direction leads to is set.
template <class T, class F>
void conv_loops(const Conv2dSpec& s, ConvPass direction, T* x, T* w, T* y, F as_factor) {
  const std::int64_t window = offset(s.w, 1, 0, 0);
  T* const out = direction == ConvPass::Forward ? y : direction == ConvPass::BackwardData ? x : w;
  const Shape shape = direction == ConvPass::Forward        ? s.y
                      : direction == ConvPass::BackwardData ? s.x
                                                            : s.w;
  std::vector<float> sums(static_cast<std::size_t>(shape.size()));
  float* const to = sums.data();
  const auto add_tap = [&](std::int64_t in, std::int64_t tap, std::int64_t pixel) {
    for (int o = 0; o < s.y.c; ++o)
      for (int c = 0; c < s.x.c; ++c) {
        const std::int64_t i = in + c, j = o * window + tap + c, k = pixel + o;
        if (direction == ConvPass::Forward)
          to[k] += as_factor(x[i]) * as_factor(w[j]);
        else if (direction == ConvPass::BackwardData)
          to[i] += as_factor(y[k]) * as_factor(w[j]);
        else
          to[j] += as_factor(x[i]) * as_factor(y[k]);
      }
  };
  for (int n = 0; n < s.x.n; ++n) each_tap(s, n, add_tap);
  for (std::size_t i = 0; i < sums.size(); ++i) out[i] = from_float<T>(sums[i]);
}

}  // namespace cameo::kernels
