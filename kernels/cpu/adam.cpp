// SPDX-License-Identifier: MIT
#include "kernels/adam.h"

#include "base/error.h"
#include "kernels/cpu/loops.h"

namespace cameo::kernels {
namespace {

struct Rates {
  float beta1, beta2, epsilon, step_size;
};

CAMEO_SIMD void update(Rates r, float* w, const float* g, float* m, float* v, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const AdamMoments to =
        adam_update({m[i], v[i], w[i]}, g[i], r.beta1, r.beta2, r.epsilon, r.step_size);
    m[i] = to.m;
    v[i] = to.v;
    w[i] = to.w;
  }
}

/// The same for weights [begin, end), with dropout.
void update_some(Rates r, const AdamState& state, const AdamArrays& to, std::int64_t begin,
                 std::int64_t end) {
  const auto* g = static_cast<const float*>(to.g);
  Philox4 draws{};
  for (std::int64_t i = begin; i < end; ++i) {
    const std::int64_t index = to.first + i;
    if (i == begin || index % 4 == 0) draws = dropout_draws(index, state.step);
    const AdamMoments now =
        adam_update({to.m[i], to.v[i], to.w[i]}, g[i], r.beta1, r.beta2, r.epsilon, r.step_size);
    to.m[i] = now.m;
    to.v[i] = now.v;
    if (!is_dropped(draws, index, to.dropout)) to.w[i] = now.w;
  }
}

}  // namespace

void adam_advance(Cpu&, AdamState* state) {
  advance(state);
}

void adam_step(Cpu&, const AdamState* state, const AdamArrays& to, std::int64_t count) {
  check(to.gradient == DType::F32 && to.copy == nullptr,
        "adam_step: bfloat16 gradients and weights are for GPUs");
  const auto* g = static_cast<const float*>(to.g);
  const Rates rates{static_cast<float>(state->beta1), static_cast<float>(state->beta2),
                    static_cast<float>(state->epsilon), static_cast<float>(state->step_size)};
  parallel_stretches(count, kGrain, [&](auto begin, auto end) {
    if (to.dropout > 0) return update_some(rates, *state, to, begin, end);
    update(rates, to.w + begin, g + begin, to.m + begin, to.v + begin, end - begin);
  });
}

}  // namespace cameo::kernels
