// SPDX-License-Identifier: MIT
#include "kernels/concat.h"

#include "kernels/cuda/dispatch_dtype.h"
#include "kernels/cuda/flat.cuh"

namespace cameo::kernels {

/// Each pack of y lies within one pixel's channels of a or of b.
template <class T>
struct JoinChannels {
  static constexpr int kWidth = kWide<T>;
  const T *a, *b;
  T* y;
  int a_channels, b_channels;
  template <int N>
  __device__ void at(std::int64_t i) const {
    const int channels = a_channels + b_channels;
    const std::int64_t pixel = i / channels;
    const int c = static_cast<int>(i % channels);
    const T* from =
        c < a_channels ? a + pixel * a_channels + c : b + pixel * b_channels + (c - a_channels);
    store(y + i, load<N>(from));
  }
};

/// Channels [first, first + width) of dy [..., channels].
template <class T>
struct TakeChannels {
  static constexpr int kWidth = kWide<T>;
  const T* dy;
  T* to;
  bool add;
  int channels, first, width;
  template <int N>
  __device__ void at(std::int64_t i) const {
    put(to + i, load<N>(dy + i / width * channels + first + i % width), add);
  }
};

namespace {

/// Whether 16 bytes of channels never reach from one tensor's into the other's.
template <class T>
bool whole_packs(int a_channels, int b_channels) {
  return a_channels % kWide<T> == 0 && b_channels % kWide<T> == 0;
}

}  // namespace

void concat_forward(Cuda& on, ConstView a, ConstView b, View y) {
  dispatch_dtype("concat_forward", a.dtype, {b.dtype, y.dtype}, [&](auto t) {
    using T = decltype(t);
    const JoinChannels<T> join{in<T>(a), in<T>(b), out<T>(y), a.shape.c, b.shape.c};
    run_flat(on, join, y.shape.size(),
             whole_packs<T>(a.shape.c, b.shape.c) && aligned(a.data, b.data, y.data));
  });
}

void concat_backward(Cuda& on, ConstView dy, Grad da, Grad db, int channels) {
  const auto take = [&](const Grad& to, int first) {
    if (!to) return;
    dispatch_dtype("concat_backward", dy.dtype, {to.view.dtype}, [&](auto t) {
      using T = decltype(t);
      const int whole = dy.shape.c, width = to.view.shape.c;
      run_flat(on, TakeChannels<T>{in<T>(dy), out<T>(to), adds(to), whole, first, width},
               to.view.shape.size(),
               whole_packs<T>(channels, whole - channels) && aligned(dy.data, to.view.data));
    });
  };
  take(da, 0);
  take(db, channels);
}

}  // namespace cameo::kernels
