// SPDX-License-Identifier: MIT
#include "kernels/ema.h"

#include "kernels/cuda/flat.cuh"

namespace cameo::kernels {

// A block of one thread.
__global__ void advance_ema(EmaState* state) {
  advance(state);
}

struct Follow {
  static constexpr int kWidth = kWide<float>;
  const EmaState* state;
  float* averages;
  const float* values;
  template <int N>
  __device__ void at(std::int64_t i) const {
    const auto share = static_cast<float>(state->share);
    Floats<N> average = load<N>(averages + i);
    const Floats<N> value = load<N>(values + i);
    for (int k = 0; k < N; ++k) average.v[k] = ema_update(average.v[k], value.v[k], share);
    store(averages + i, average);
  }
};

void ema_advance(Cuda& on, EmaState* state) {
  launch(on, advance_ema, 1, 1, state);
}

void ema_step(Cuda& on, const EmaState* state, float* averages, const float* values,
              std::int64_t count) {
  run_flat(on, Follow{state, averages, values}, count, aligned(averages, values));
}

}  // namespace cameo::kernels
