// SPDX-License-Identifier: MIT
#include "kernels/dssim.h"

#include "kernels/cuda/flat.cuh"
#include "kernels/cuda/loss.cuh"
#include "kernels/cuda/ssim.cuh"

namespace cameo::kernels {
namespace {

template <class T>
struct Unlikeness {
  const T* x;
  const float* t;
  Shape shape;
  SsimWeights weights;
  float weight;
  WindowMask mask;
  template <int N>
  __device__ float at(std::int64_t i) const {
    return mask.at(i) * (weight * (1 - ssim_slopes(moments_at(x, t, shape, i, weights)).s) / 2);
  }
};

/// maps: three of windows, derivatives by the means of x, x x and x t.
template <class T>
struct Slopes {
  static constexpr int kWidth = 1;
  const T* x;
  const float* t;
  Shape shape;
  SsimWeights weights;
  float* maps;
  WindowMask mask;
  template <int N>
  __device__ void at(std::int64_t i) const {
    const SsimSlopes slopes = ssim_slopes(moments_at(x, t, shape, i, weights));
    const std::int64_t map = ssim_windows(shape).size();
    store_slopes(maps, map, i, mask.at(i), slopes);
  }
};

/// A pixel's gradient: from all windows that it lies in.
template <class T>
struct Gathered {
  static constexpr int kWidth = 1;
  const T* x;
  const float *t, *dout;
  Shape shape;
  SsimWeights weights;
  const float* maps;
  float weight;
  T* dx;
  bool add;
  template <int N>
  __device__ void at(std::int64_t i) const {
    const float k = -0.5F * weight * *dout / static_cast<float>(ssim_windows(shape).size());
    put(dx + i, Floats<1>{{k * gather_slopes(maps, shape, i, weights, to_float(x[i]), t[i])}}, add);
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
           Op{in<T>(x), t.f32(), x.shape, ssim_weights(), weight,
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
             Slopes<T>{in<T>(x), t.f32(), x.shape, ssim_weights(), out<float>(scratch),
                       window_mask("dssim_backward", mask, x.shape)},
             ssim_windows(x.shape).size(), false);
    run_flat(on,
             Gathered<T>{in<T>(x), t.f32(), dout.f32(), x.shape, ssim_weights(),
                         out<float>(scratch), weight, out<T>(dx), adds(dx)},
             x.shape.size(), false);
  });
}

}  // namespace cameo::kernels
