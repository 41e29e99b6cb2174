// SPDX-License-Identifier: MIT
#include "kernels/pixel_unshuffle.h"

#include "kernels/cuda/activations.cuh"
#include "kernels/cuda/columns.cuh"
#include "kernels/cuda/flat.cuh"
#include "kernels/pixel_shuffle.h"

namespace cameo::kernels {

/// Each pack of dx lies within one pixel's channels.
template <class T>
struct TakePixels {
  static constexpr int kWidth = kWide<T>;
  const T* dy;
  T* dx;
  bool add;
  Shape shape;  ///< of dx
  int r;
  template <int N>
  __device__ void at(std::int64_t i) const {
    put(dx + i, load<N>(dy + shuffled_from(i / shape.c, shape, r) + i % shape.c), add);
  }
};

void pixel_unshuffle_forward(Cuda& on, ConstView x, View y, int r) {
  // It moves values as the way back through pixel_shuffle moves gradients.
  const Shuffled place{static_cast<unsigned>(y.shape.w), x.shape.c, r};
  run_act_backward(on, "pixel_unshuffle_forward", x, x, {y, Write::Set}, {}, y.shape, x.shape.c,
                   Identity{}, place);
}

void pixel_unshuffle_backward(Cuda& on, ConstView dy, Grad dx, int r) {
  const Shape shape = dx.view.shape;
  dispatch_dtype("pixel_unshuffle_backward", dy.dtype, {dx.view.dtype}, [&](auto t) {
    using T = decltype(t);
    run_flat(on, TakePixels<T>{in<T>(dy), out<T>(dx), adds(dx), shape, r}, shape.size(),
             shape.c % kWide<T> == 0 && aligned(dy.data, dx.view.data));
  });
}

}  // namespace cameo::kernels
