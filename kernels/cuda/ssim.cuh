// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/cuda/packed.cuh"
#include "kernels/dssim.h"

// The windows of structural similarity on a GPU. A window's 121 pixels lie in the first-level cache
// after its neighbour has read them, so each thread reads them plainly: a few passes over small
// images, next to convolutions that take a hundred times as long.

namespace cameo::kernels {

/// The window's weights along one side, passed by value: they come from the constant bank.
struct SsimWeights {
  float v[kSsimWindow];
};

inline SsimWeights ssim_weights() {
  SsimWeights to{};
  const auto from = ssim_window();
  for (int i = 0; i < kSsimWindow; ++i) to.v[i] = from[static_cast<std::size_t>(i)];
  return to;
}

/// Place of element i in a map [n,h,w,c].
struct Place {
  int n, row, column, c;
};

__device__ inline Place place_of(std::int64_t i, Shape map) {
  const std::int64_t pixel = i / map.c, line = pixel / map.w;
  return {static_cast<int>(line / map.h), static_cast<int>(line % map.h),
          static_cast<int>(pixel % map.w), static_cast<int>(i % map.c)};
}

__device__ inline std::int64_t index_of(Place at, Shape map) {
  return ((std::int64_t{at.n} * map.h + at.row) * map.w + at.column) * map.c + at.c;
}

/// What the window at i of the maps holds.
template <class T>
__device__ SsimMoments moments_at(const T* x, const float* t, Shape shape, std::int64_t i,
                                  const SsimWeights& weights) {
  Place at = place_of(i, ssim_windows(shape));
  SsimMoments sum{};
#pragma unroll  // or the weights, indexed by a number that varies, would go to memory
  for (int row = 0; row < kSsimWindow; ++row, ++at.row) {
    const std::int64_t first = index_of(at, shape);
#pragma unroll
    for (int column = 0; column < kSsimWindow; ++column) {
      const float weight = weights.v[row] * weights.v[column];
      const float a = to_float(x[first + std::int64_t{column} * shape.c]);
      const float b = t[first + std::int64_t{column} * shape.c];
      sum.x += weight * a;
      sum.t += weight * b;
      sum.xx += weight * a * a;
      sum.tt += weight * b * b;
      sum.xt += weight * a * b;
    }
  }
  return sum;
}

/// A window's slopes by the means of x, x x and x t into three maps, one behind another; i: the
/// window, map: windows of one map, share: its weight.
__device__ inline void store_slopes(float* maps, std::int64_t map, std::int64_t i, float share,
                                    const SsimSlopes& slopes) {
  maps[i] = share * slopes.x;
  maps[map + i] = share * slopes.xx;
  maps[2 * map + i] = share * slopes.xt;
}

/// The windows that pixel i of the images lies in: their shares of three maps, the derivatives by
/// the means of x, x x and x t, as the pixel's derivative.
__device__ inline float gather_slopes(const float* maps, Shape shape, std::int64_t i,
                                      const SsimWeights& weights, float x, float t) {
  const Shape windows = ssim_windows(shape);
  const std::int64_t map = windows.size();
  const Place pixel = place_of(i, shape);
  float by_x = 0, by_xx = 0, by_xt = 0;
#pragma unroll
  for (int row = 0; row < kSsimWindow; ++row) {
    const int r = pixel.row - row;
    if (r < 0 || r >= windows.h) continue;
#pragma unroll
    for (int column = 0; column < kSsimWindow; ++column) {
      const int c = pixel.column - column;
      if (c < 0 || c >= windows.w) continue;
      const float share = weights.v[row] * weights.v[column];
      const float* from = maps + index_of({pixel.n, r, c, pixel.c}, windows);
      by_x += share * from[0];
      by_xx += share * from[map];
      by_xt += share * from[2 * map];
    }
  }
  return by_x + 2 * x * by_xx + t * by_xt;
}

}  // namespace cameo::kernels
