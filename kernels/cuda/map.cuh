// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/cuda/dispatch_dtype.h"
#include "kernels/cuda/flat.cuh"

// y = act.forward(x) and dx = act.backward(y, dy), elementwise.

namespace cameo::kernels {

template <class T, class Act>
struct MapForward {
  static constexpr int kWidth = kWide<T>;
  const T* x;
  T* y;
  Act act;
  template <int N>
  __device__ void at(std::int64_t i) const {
    Floats<N> v = load<N>(x + i);
    for (int k = 0; k < N; ++k) v.v[k] = act.forward(v.v[k]);
    store(y + i, v);
  }
};

template <class T, class Act>
struct MapBackward {
  static constexpr int kWidth = kWide<T>;
  const T *y, *dy;
  T* dx;
  bool add;
  Act act;
  template <int N>
  __device__ void at(std::int64_t i) const {
    const Floats<N> result = load<N>(y + i);
    Floats<N> g = load<N>(dy + i);
    for (int k = 0; k < N; ++k) g.v[k] = act.backward(result.v[k], g.v[k]);
    put(dx + i, g, add);
  }
};

template <class Act>
void run_map_forward(Cuda& on, const char* op, ConstView x, View y, Act act) {
  dispatch_dtype(op, x.dtype, {y.dtype}, [&](auto t) {
    using T = decltype(t);
    run_flat(on, MapForward<T, Act>{in<T>(x), out<T>(y), act}, x.shape.size(),
             aligned(x.data, y.data));
  });
}

template <class Act>
void run_map_backward(Cuda& on, const char* op, ConstView y, ConstView dy, Grad dx, Act act) {
  dispatch_dtype(op, y.dtype, {dy.dtype, dx.view.dtype}, [&](auto t) {
    using T = decltype(t);
    run_flat(on, MapBackward<T, Act>{in<T>(y), in<T>(dy), out<T>(dx), adds(dx), act},
             y.shape.size(), aligned(y.data, dy.data, dx.view.data));
  });
}

}  // namespace cameo::kernels
