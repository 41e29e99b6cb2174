// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <cstdint>

#include "base/host_device.h"
#include "kernels/device.h"

namespace cameo {

/// Decay and step count of an exponential moving average, in device memory.
struct EmaState {
  double decay = 0.999;
  std::int64_t step = 0;  ///< values averaged
  /// Of the newest value: (1 - decay) / (1 - decay^step). So the average is bias-corrected as it
  /// stands: the shares of all values add up to 1, and nothing is left of where it started.
  double share = 0;
};

namespace kernels {

/// Goes on to the next value.
CAMEO_HD inline void advance(EmaState* state) {
  ++state->step;
  state->share =
      (1 - state->decay) / (1 - std::pow(state->decay, static_cast<double>(state->step)));
}

CAMEO_HD inline float ema_update(float average, float value, float share) {
  return average + (value - average) * share;
}

/// advance() in device memory.
void ema_advance(Cpu& on, EmaState* state);
void ema_advance(Cuda& on, EmaState* state);

/// Moves `count` averages towards the values.
void ema_step(Cpu& on, const EmaState* state, float* averages, const float* values,
              std::int64_t count);
void ema_step(Cuda& on, const EmaState* state, float* averages, const float* values,
              std::int64_t count);

}  // namespace kernels
}  // namespace cameo
