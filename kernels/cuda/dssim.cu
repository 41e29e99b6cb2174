// SPDX-License-Identifier: MIT
#include "kernels/dssim.h"

#include "kernels/cuda/flat.cuh"
#include "kernels/cuda/loss.cuh"

// A window's 121 pixels lie in the first-level cache after its neighbour has read them, so each
// thread reads them plainly: three passes over small images, next to convolutions that take a
// hundred times as long.

namespace cameo::kernels {
namespace {

/// The window's weights along one side, passed by value: they come from the constant bank.
struct Weights {
  float v[kSsimWindow];
};

Weights weights() {
  Weights to{};
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
__device__ SsimSlopes slopes_at(const T* x, const float* t, Shape shape, std::int64_t i,
                                const Weights& weights) {
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
  return ssim_slopes(sum);
}

template <class T>
struct Unlikeness {
  const T* x;
  const float* t;
  Shape shape;
  Weights weights;
  float weight;
  WindowMask mask;
  template <int N>
  __device__ float at(std::int64_t i) const {
    return mask.at(i) * (weight * (1 - slopes_at(x, t, shape, i, weights).s) / 2);
  }
};

/// maps: three of windows, derivatives by the means of x, x x and x t.
template <class T>
struct Slopes {
  static constexpr int kWidth = 1;
  const T* x;
  const float* t;
  Shape shape;
  Weights weights;
  float* maps;
  WindowMask mask;
  template <int N>
  __device__ void at(std::int64_t i) const {
    const SsimSlopes slopes = slopes_at(x, t, shape, i, weights);
    const std::int64_t map = ssim_windows(shape).size();
    const float share = mask.at(i);
    maps[i] = share * slopes.x;
    maps[map + i] = share * slopes.xx;
    maps[2 * map + i] = share * slopes.xt;
  }
};

/// A pixel's gradient: from all windows that it lies in.
template <class T>
struct Gathered {
  static constexpr int kWidth = 1;
  const T* x;
  const float *t, *dout;
  Shape shape;
  Weights weights;
  const float* maps;
  float weight;
  T* dx;
  bool add;
  template <int N>
  __device__ void at(std::int64_t i) const {
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
    const float k = -0.5F * weight * *dout / static_cast<float>(map);
    put(dx + i, Floats<1>{{k * (by_x + 2 * to_float(x[i]) * by_xx + t[i] * by_xt)}}, add);
  }
};

}  // namespace

void dssim_forward(Cuda& on, ConstView x, ConstView t, View out, float weight, View,
                   ConstView mask) {
  check(t.dtype == DType::F32 && out.dtype == DType::F32,
        "dssim_forward: target and loss must be float32");
  const std::int64_t count = ssim_windows(x.shape).size();
  dispatch_dtype(x.dtype, [&](auto type) {
    using T = decltype(type);
    using Op = Unlikeness<T>;
    const unsigned blocks = blocks_for(on, count);
    auto* sums = reinterpret_cast<double*>(on.partials());
    launch(on, sum_up<1, Op>, blocks, kThreads,
           Op{in<T>(x), t.f32(), x.shape, weights(), weight,
              window_mask("dssim_forward", mask, x.shape)},
           count, sums);
    launch(on, finish_mean<float>, 1, kThreads, sums, static_cast<int>(blocks), count, out.f32());
  });
}

void dssim_backward(Cuda& on, ConstView x, ConstView t, ConstView dout, Grad dx, float weight,
                    View scratch, ConstView mask) {
  check(t.dtype == DType::F32 && dout.dtype == DType::F32,
        "dssim_backward: target and the loss's gradient must be float32");
  dispatch_dtype("dssim_backward", x.dtype, {dx.view.dtype}, [&](auto type) {
    using T = decltype(type);
    run_flat(on,
             Slopes<T>{in<T>(x), t.f32(), x.shape, weights(), out<float>(scratch),
                       window_mask("dssim_backward", mask, x.shape)},
             ssim_windows(x.shape).size(), false);
    run_flat(on,
             Gathered<T>{in<T>(x), t.f32(), dout.f32(), x.shape, weights(), out<float>(scratch),
                         weight, out<T>(dx), adds(dx)},
             x.shape.size(), false);
  });
}

}  // namespace cameo::kernels
