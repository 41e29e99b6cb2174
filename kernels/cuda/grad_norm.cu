// SPDX-License-Identifier: MIT
#include "kernels/grad_norm.h"

#include "kernels/cuda/dispatch_dtype.h"
#include "kernels/cuda/sum.cuh"

namespace cameo::kernels {

template <class T>
struct Squares {
  static constexpr int kWidth = kWide<T>;
  const T* g;
  template <int N>
  __device__ float at(std::int64_t i) const {
    const Floats<N> v = load<N>(g + i);
    float sum = 0;
    for (int k = 0; k < N; ++k) sum += v.v[k] * v.v[k];
    return sum;
  }
};

template <class T>
struct Scale {
  static constexpr int kWidth = kWide<T>;
  const GradNorm* norm;
  T* g;
  template <int N>
  __device__ void at(std::int64_t i) const {
    Floats<N> v = load<N>(g + i);
    for (int k = 0; k < N; ++k) v.v[k] = clipped(v.v[k], norm->scale);
    store(g + i, v);
  }
};

__global__ void __launch_bounds__(kThreads)
    collect_squares(const double* sums, int parts, GradNorm* norm) {
  double sum = 0;
  for (int i = static_cast<int>(threadIdx.x); i < parts; i += kThreads) sum += sums[i];
  sum = block_sum(sum);
  if (threadIdx.x == 0) norm->squares += sum;
}

// A block of one thread.
__global__ void finish_on_device(GradNorm* norm, float limit) {
  finish_norm(norm, limit);
}

void grad_norm_add(Cuda& on, GradNorm* norm, const GradBlock& block) {
  dispatch_dtype(block.dtype, [&](auto type) {
    using T = decltype(type);
    auto* const sums = reinterpret_cast<double*>(on.partials());
    const Squares<T> squares{static_cast<const T*>(block.data)};
    const int parts = run_sum(on, "grad_norm", squares, block.count, aligned(block.data), sums);
    launch(on, collect_squares, 1, kThreads, sums, parts, norm);
  });
}

void grad_norm_finish(Cuda& on, GradNorm* norm, float limit) {
  launch(on, finish_on_device, 1, 1, norm, limit);
}

void grad_scale(Cuda& on, const GradNorm* norm, const GradBlock& block) {
  dispatch_dtype(block.dtype, [&](auto type) {
    using T = decltype(type);
    run_flat(on, Scale<T>{norm, static_cast<T*>(block.data)}, block.count, aligned(block.data));
  });
}

}  // namespace cameo::kernels
