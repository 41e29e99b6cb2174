// SPDX-License-Identifier: MIT
#include "kernels/pixel_shuffle.h"

#include "kernels/cuda/flat.cuh"
#include "kernels/cuda/typed.h"

namespace cameo::kernels {

/// Moves what makes up one piece of y: from its place in x, or back to it.
template <class T>
struct Shuffle {
  static constexpr int kWidth = kWide<T>;
  const T* from;
  T* to;
  Shape y;
  int r;
  bool back, add;
  template <int N>
  __device__ void at(std::int64_t i) const {
    const std::int64_t in_x = shuffled_from(i / y.c, y, r) + i % y.c;
    put(to + (back ? in_x : i), load<N>(from + (back ? i : in_x)), add);
  }
};

void pixel_shuffle_forward(Cuda& on, ConstView x, View y, int r) {
  with_type("pixel_shuffle_forward", x.dtype, {y.dtype}, [&](auto t) {
    using T = decltype(t);
    run_flat(on, Shuffle<T>{in<T>(x), out<T>(y), y.shape, r, false, false}, y.shape.size(),
             y.shape.c % kWide<T> == 0 && aligned(x.data, y.data));
  });
}

void pixel_shuffle_backward(Cuda& on, ConstView dy, Grad dx, int r) {
  with_type("pixel_shuffle_backward", dy.dtype, {dx.view.dtype}, [&](auto t) {
    using T = decltype(t);
    run_flat(on, Shuffle<T>{in<T>(dy), out<T>(dx), dy.shape, r, true, adds(dx)}, dy.shape.size(),
             dy.shape.c % kWide<T> == 0 && aligned(dy.data, dx.view.data));
  });
}

}  // namespace cameo::kernels
