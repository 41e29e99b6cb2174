// SPDX-License-Identifier: MIT
#include "kernels/slice.h"

#include "kernels/cuda/dispatch_dtype.h"
#include "kernels/cuda/flat.cuh"

namespace cameo::kernels {

template <class T>
struct Copy {
  static constexpr int kWidth = kWide<T>;
  const T* x;
  T* y;
  bool add;
  template <int N>
  __device__ void at(std::int64_t i) const {
    put(y + i, load<N>(x + i), add);
  }
};

/// Writes the whole of dx: dy where it is, elsewhere zeros.
template <class T>
struct CopyBetweenZeros {
  static constexpr int kWidth = kWide<T>;
  const T* dy;
  T* dx;
  std::int64_t from, count;
  template <int N>
  __device__ void at(std::int64_t i) const {
    const bool inside = i >= from && i < from + count;
    store(dx + i, inside ? load<N>(dy + i - from) : Floats<N>{});
  }
};

namespace {

/// Where image `at` of x begins.
std::int64_t begin_of(Shape x, int at) {
  return x.size() / x.n * at;
}

}  // namespace

void slice_forward(Cuda& on, ConstView x, View y, int at) {
  dispatch_dtype("slice_forward", x.dtype, {y.dtype}, [&](auto t) {
    using T = decltype(t);
    const T* from = in<T>(x) + begin_of(x.shape, at);
    run_flat(on, Copy<T>{from, out<T>(y), false}, y.shape.size(), aligned(from, y.data));
  });
}

void slice_backward(Cuda& on, ConstView dy, Grad dx, int at) {
  const Shape whole = dx.view.shape;
  const std::int64_t from = begin_of(whole, at), count = dy.shape.size();
  dispatch_dtype("slice_backward", dy.dtype, {dx.view.dtype}, [&](auto t) {
    using T = decltype(t);
    T* to = out<T>(dx);
    if (adds(dx)) {
      run_flat(on, Copy<T>{in<T>(dy), to + from, true}, count, aligned(dy.data, to + from));
      return;
    }
    const bool whole_packs = from % kWide<T> == 0 && count % kWide<T> == 0;
    run_flat(on, CopyBetweenZeros<T>{in<T>(dy), to, from, count}, whole.size(),
             whole_packs && aligned(dy.data, to));
  });
}

}  // namespace cameo::kernels
