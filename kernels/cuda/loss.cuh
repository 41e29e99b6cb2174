// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>

#include "kernels/cuda/dispatch_dtype.h"
#include "kernels/cuda/sum.cuh"
#include "kernels/mae.h"
#include "kernels/mse.h"
#include "kernels/pixel_mask.h"

// The mean of mask * error(act(x), t), and its gradient towards x.

namespace cameo::kernels {

/// *mean = the sum of `sums` / count.
template <class T>
__global__ void __launch_bounds__(kThreads)
    finish_mean(const double* sums, int parts, std::int64_t count, T* mean) {
  double sum = 0;
  for (int i = static_cast<int>(threadIdx.x); i < parts; i += kThreads) sum += sums[i];
  sum = block_sum(sum);
  if (threadIdx.x == 0) *mean = from_float<T>(static_cast<float>(sum / static_cast<double>(count)));
}

/// |y - t|.
struct AbsoluteError {
  __device__ static float value(float y, float t) { return std::abs(y - t); }
  __device__ static float gradient(float y, float t, float k) { return mae_grad(y, t, k); }
};

/// (y - t)^2, and 0 where t < 0.
struct SquaredError {
  __device__ static float value(float y, float t) { return squared_error(y, t); }
  __device__ static float gradient(float y, float t, float k) { return mse_grad(y, t, k); }
};

/// act: an activation as in activations.cuh.
template <class T, class Act, class Error>
struct Errors {
  static constexpr int kWidth = kWide<T>;
  const T* x;
  const float* t;
  Act act;
  PixelMask mask;
  template <int N>
  __device__ float at(std::int64_t i) const {
    const Floats<N> v = load<N>(x + i), wanted = load<N>(t + i);
    float sum = 0;
    for (int k = 0; k < N; ++k)
      sum += mask.at(i + k) * Error::value(act.forward(v.v[k]), wanted.v[k]);
    return sum;
  }
};

template <class T, class Act, class Error>
struct ErrorGradients {
  static constexpr int kWidth = kWide<T>;
  const T* x;
  const float *t, *dmean;
  float count;
  T* dx;
  bool add;
  Act act;
  PixelMask mask;
  template <int N>
  __device__ void at(std::int64_t i) const {
    const float share = *dmean / count;
    Floats<N> v = load<N>(x + i);
    const Floats<N> wanted = load<N>(t + i);
    for (int k = 0; k < N; ++k) {
      const float y = act.forward(v.v[k]);
      v.v[k] = act.backward(y, Error::gradient(y, wanted.v[k], share * mask.at(i + k)));
    }
    put(dx + i, v, add);
  }
};

template <class Error = AbsoluteError, class Act>
void run_loss_forward(Cuda& on, const char* op, ConstView x, ConstView t, View mean, Act act,
                      ConstView mask = {}) {
  check(t.dtype == DType::F32 && mean.dtype == DType::F32, op, ": target and loss must be float32");
  const std::int64_t count = x.shape.size();
  check(count > 0, op, ": ", x.shape, " holds nothing");
  dispatch_dtype(x.dtype, [&](auto type) {
    using T = decltype(type);
    const Errors<T, Act, Error> errors{in<T>(x), t.f32(), act, pixel_mask(op, mask, x.shape)};
    auto* sums = reinterpret_cast<double*>(on.partials());
    const int blocks = run_sum(on, op, errors, count, aligned(x.data, t.data), sums);
    launch(on, finish_mean<float>, 1, kThreads, sums, blocks, count, mean.f32());
  });
}

template <class Error = AbsoluteError, class Act>
void run_loss_backward(Cuda& on, const char* op, ConstView x, ConstView t, ConstView dmean, Grad dx,
                       Act act, ConstView mask = {}) {
  check(t.dtype == DType::F32 && dmean.dtype == DType::F32, op,
        ": target and the loss's gradient must be float32");
  const std::int64_t count = x.shape.size();
  dispatch_dtype(op, x.dtype, {dx.view.dtype}, [&](auto type) {
    using T = decltype(type);
    run_flat(
        on,
        ErrorGradients<T, Act, Error>{in<T>(x), t.f32(), dmean.f32(), static_cast<float>(count),
                                      out<T>(dx), adds(dx), act, pixel_mask(op, mask, x.shape)},
        count, aligned(x.data, t.data, dx.view.data));
  });
}

}  // namespace cameo::kernels
