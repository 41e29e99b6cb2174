// SPDX-License-Identifier: MIT
#include "kernels/cuda/pad_channels.h"

#include "kernels/cuda/dispatch_dtype.h"
#include "kernels/cuda/flat.cuh"

namespace cameo::kernels {

/// Writes N neighbours of `to` at a time, which must be one pixel's. What is read lies at odd
/// places.
template <class T, int N>
__global__ void __launch_bounds__(kThreads)
    pad_packs(const T* from, Shape have, T* to, Shape want, bool add) {
  const std::int64_t packs = want.size() / N, step = std::int64_t{gridDim.x} * kThreads;
  const std::int64_t pixels = have.size() / have.c;  // those behind them are zero
  for (std::int64_t i = std::int64_t{blockIdx.x} * kThreads + threadIdx.x; i < packs; i += step) {
    const std::int64_t pixel = i * N / want.c;
    const int c = static_cast<int>(i * N % want.c);
    const T* source = from + pixel * have.c + c;
    Floats<N> v{};
    for (int k = 0; k < N; ++k)
      if (pixel < pixels && c + k < have.c) v.v[k] = to_float(source[k]);
    put(to + i * N, v, add);
  }
}

void pad_channels(Cuda& on, ConstView from, const Grad& to) {
  const Shape have = from.shape, want = to.view.shape;
  check(have.h == want.h && have.w == want.w, "pad_channels: ", have, " to ", want);
  dispatch_dtype("pad_channels", from.dtype, {to.view.dtype}, [&](auto t) {
    using T = decltype(t);
    const bool wide = want.c % kWide<T> == 0 && aligned(to.view.data);
    const std::int64_t packs = wide ? want.size() / kWide<T> : want.size();
    launch(on, wide ? pad_packs<T, kWide<T>> : pad_packs<T, 1>, blocks_for(on, packs, kManyRounds),
           kThreads, in<T>(from), have, out<T>(to), want, adds(to));
  });
}

}  // namespace cameo::kernels
