// SPDX-License-Identifier: MIT
#include "kernels/cuda/gemv.h"

#include "kernels/cuda/dispatch_dtype.h"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/packed.cuh"

namespace cameo::kernels {

constexpr unsigned kAllLanes = 0xffffffff;
constexpr int kLanes = 32, kWarps = 4;

struct Matrix {
  int rows, columns;
};

/// One warp a row.
template <int N, class T, class B>
__global__ void __launch_bounds__(kLanes* kWarps)
    row_products(const T* x, const T* w, const B* b, T* y, Matrix size) {
  const int row = static_cast<int>(blockIdx.x * kWarps + threadIdx.y);
  if (row >= size.rows) return;
  const T* weights = w + std::int64_t{row} * size.columns;
  Floats<N> sums{};
#pragma unroll 4
  for (int i = static_cast<int>(threadIdx.x) * N; i < size.columns; i += kLanes * N) {
    const Floats<N> a = load<N>(weights + i), c = load<N>(x + i);
    for (int k = 0; k < N; ++k) sums.v[k] += a.v[k] * c.v[k];
  }
  float sum = 0;
  for (int k = 0; k < N; ++k) sum += sums.v[k];
  for (int flip = kLanes / 2; flip > 0; flip /= 2) sum += __shfl_xor_sync(kAllLanes, sum, flip);
  if (threadIdx.x != 0) return;
  if (b != nullptr) sum += to_float(b[row]);
  y[row] = from_float<T>(sum);
}

void gemv(Cuda& on, ConstView x, ConstView w, ConstView b, View y) {
  const Matrix size{w.shape.n, static_cast<int>(w.shape.size() / w.shape.n)};
  check(x.shape.size() == size.columns && y.shape.size() == size.rows, "gemv: ", x.shape,
        " by weights ", w.shape, " into ", y.shape);
  check(!b || b.dtype == w.dtype || b.dtype == DType::F32,
        "gemv: float32 weights with bfloat16 biases");
  dispatch_dtype("gemv", w.dtype, {x.dtype, y.dtype}, [&](auto t) {
    using T = decltype(t);
    const bool wide = size.columns % kWide<T> == 0 && aligned(x.data, w.data);
    const auto go = [&](auto bias) {
      using B = decltype(bias);
      launch(on, wide ? row_products<kWide<T>, T, B> : row_products<1, T, B>,
             (size.rows + kWarps - 1) / kWarps, dim3(kLanes, kWarps), in<T>(x), in<T>(w), in<B>(b),
             out<T>(y), size);
    };
    b.dtype == w.dtype ? go(T{}) : go(float{});
  });
}

}  // namespace cameo::kernels
