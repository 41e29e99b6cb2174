// SPDX-License-Identifier: MIT
#include "kernels/rms_norm.h"

#include "kernels/cuda/dispatch_dtype.h"
#include "kernels/cuda/sum.cuh"

namespace cameo::kernels {

/// A block's share of a sample, for each of its threads: the dot product of a and b.
template <int N, class T>
__device__ double part_of_dot(const T* a, const T* b, std::int64_t count) {
  double sum = 0;
  for (std::int64_t i = std::int64_t{threadIdx.x} * N; i < count; i += std::int64_t{kThreads} * N) {
    const Floats<N> v = load<N>(a + i), w = load<N>(b + i);
    float part = 0;
    for (int k = 0; k < N; ++k) part += v.v[k] * w.v[k];
    sum += part;
  }
  return sum;
}

// A block takes a sample, which its second pass finds in the cache.
template <int N, class T>
__global__ void __launch_bounds__(kThreads)
    rms_norm_samples(const T* x, T* y, std::int64_t count, float eps) {
  x += blockIdx.x * count;
  y += blockIdx.x * count;
  const float scale = rms_scale(block_sum(part_of_dot<N>(x, x, count)), count, eps);
  for (std::int64_t i = std::int64_t{threadIdx.x} * N; i < count; i += std::int64_t{kThreads} * N) {
    Floats<N> v = load<N>(x + i);
    for (int k = 0; k < N; ++k) v.v[k] *= scale;
    store(y + i, v);
  }
}

template <int N, class T>
__global__ void __launch_bounds__(kThreads)
    rms_norm_gradients(const T* x, const T* dy, T* dx, bool add, std::int64_t count, float eps) {
  x += blockIdx.x * count;
  dy += blockIdx.x * count;
  dx += blockIdx.x * count;
  const float scale = rms_scale(block_sum(part_of_dot<N>(x, x, count)), count, eps);
  __syncthreads();  // what block_sum asks for before it is called again
  const double both = block_sum(part_of_dot<N>(dy, x, count));
  const float share = scale * scale * scale * static_cast<float>(both / static_cast<double>(count));
  for (std::int64_t i = std::int64_t{threadIdx.x} * N; i < count; i += std::int64_t{kThreads} * N) {
    const Floats<N> v = load<N>(x + i);
    Floats<N> g = load<N>(dy + i);
    for (int k = 0; k < N; ++k) g.v[k] = rms_grad(v.v[k], g.v[k], scale, share);
    put(dx + i, g, add);
  }
}

void rms_norm_forward(Cuda& on, ConstView x, View y, float eps) {
  const std::int64_t count = x.shape.size() / x.shape.n;
  dispatch_dtype("rms_norm_forward", x.dtype, {y.dtype}, [&](auto t) {
    using T = decltype(t);
    const bool wide = count % kWide<T> == 0 && aligned(x.data, y.data);
    launch(on, wide ? rms_norm_samples<kWide<T>, T> : rms_norm_samples<1, T>, x.shape.n, kThreads,
           in<T>(x), out<T>(y), count, eps);
  });
}

void rms_norm_backward(Cuda& on, ConstView x, ConstView dy, Grad dx, float eps) {
  const std::int64_t count = x.shape.size() / x.shape.n;
  dispatch_dtype("rms_norm_backward", x.dtype, {dy.dtype, dx.view.dtype}, [&](auto t) {
    using T = decltype(t);
    const bool wide = count % kWide<T> == 0 && aligned(x.data, dy.data, dx.view.data);
    launch(on, wide ? rms_norm_gradients<kWide<T>, T> : rms_norm_gradients<1, T>, x.shape.n,
           kThreads, in<T>(x), in<T>(dy), out<T>(dx), adds(dx), count, eps);
  });
}

}  // namespace cameo::kernels
