// SPDX-License-Identifier: MIT
#include "kernels/ema.h"

#include "kernels/cpu/loops.h"

namespace cameo::kernels {

void ema_advance(Cpu&, EmaState* state) {
  advance(state);
}

void ema_step(Cpu&, const EmaState* state, float* averages, const float* values,
              std::int64_t count) {
  const auto share = static_cast<float>(state->share);
  parallel_stretches(count, kGrain, [&](auto begin, auto end) {
    for (auto i = begin; i < end; ++i) averages[i] = ema_update(averages[i], values[i], share);
  });
}

}  // namespace cameo::kernels
