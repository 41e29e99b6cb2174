// SPDX-License-Identifier: MIT
#include "kernels/adam.h"

#include "kernels/cuda/dispatch_dtype.h"
#include "kernels/cuda/flat.cuh"

namespace cameo::kernels {

// One file alone holds this kernel, and a block has one thread.
__global__ void advance_state(AdamState* state) {
  advance(state);
}

/// Four weights a thread: their gradients are 8 or 16 bytes, all else 16.
template <class T, bool Dropout>
struct Update {
  static constexpr int kWidth = kWide<float>;
  const AdamState* state;
  float* w;
  const T* g;
  float *m, *v;
  Bf16* copy;
  float dropout;
  std::int64_t first_index;
  template <int N>
  __device__ void at(std::int64_t i) const {
    const auto beta1 = static_cast<float>(state->beta1), beta2 = static_cast<float>(state->beta2);
    const auto epsilon = static_cast<float>(state->epsilon);
    const auto step_size = static_cast<float>(state->step_size);
    const Floats<N> gradient = load<N>(g + i);
    Floats<N> weight = load<N>(w + i), first = load<N>(m + i), second = load<N>(v + i);
    const std::int64_t index = first_index + i;  // a multiple of 4 where N is
    Philox4 draws{};
    if constexpr (Dropout) draws = dropout_draws(index, state->step);
    for (int k = 0; k < N; ++k) {
      const AdamMoments to = adam_update({first.v[k], second.v[k], weight.v[k]}, gradient.v[k],
                                         beta1, beta2, epsilon, step_size);
      first.v[k] = to.m;
      second.v[k] = to.v;
      if (!Dropout || !is_dropped(draws, index + k, dropout)) weight.v[k] = to.w;
    }
    store(m + i, first);
    store(v + i, second);
    store(w + i, weight);
    if (copy != nullptr) store(copy + i, weight);
  }
};

void adam_advance(Cuda& on, AdamState* state) {
  launch(on, advance_state, 1, 1, state);
}

void adam_step(Cuda& on, const AdamState* state, const AdamArrays& to, std::int64_t count) {
  dispatch_dtype(to.gradient, [&](auto t) {
    using T = decltype(t);
    const auto run = [&](auto update) {
      run_flat(on, update, count, aligned(to.w, to.g, to.m, to.v, to.copy) && to.first % 4 == 0);
    };
    const auto* g = static_cast<const T*>(to.g);
    if (to.dropout > 0)
      run(Update<T, true>{state, to.w, g, to.m, to.v, to.copy, to.dropout, to.first});
    else
      run(Update<T, false>{state, to.w, g, to.m, to.v, to.copy, 0, to.first});
  });
}

}  // namespace cameo::kernels
