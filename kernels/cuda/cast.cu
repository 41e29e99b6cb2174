// SPDX-License-Identifier: MIT
#include "kernels/cast.h"

#include "kernels/cuda/dispatch_dtype.h"
#include "kernels/cuda/flat.cuh"

namespace cameo::kernels {

/// Eight elements a thread: 16 or 32 bytes, whatever the type.
template <class T, class U>
struct Convert {
  static constexpr int kWidth = kWide<Bf16>;
  const T* x;
  U* y;
  bool add;
  template <int N>
  __device__ void at(std::int64_t i) const {
    put(y + i, load<N>(x + i), add);
  }
};

void cast_forward(Cuda& on, ConstView x, View y) {
  cast_backward(on, x, {y});
}

void cast_backward(Cuda& on, ConstView dy, Grad dx) {
  dispatch_dtype(dy.dtype, [&](auto from) {
    dispatch_dtype(dx.view.dtype, [&](auto to) {
      using T = decltype(from);
      using U = decltype(to);
      run_flat(on, Convert<T, U>{in<T>(dy), out<U>(dx), adds(dx)}, dy.shape.size(),
               aligned(dy.data, dx.view.data));
    });
  });
}

}  // namespace cameo::kernels
