// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <cstdint>

#include "base/host_device.h"
#include "kernels/bf16.h"
#include "kernels/device.h"
#include "kernels/lr_schedule.h"
#include "kernels/tensor.h"

namespace cameo {

/// Settings and step count of Adam. It lies in device memory, so that a replayed step reads it.
/// Checkpoints hold rate, betas, epsilon and step; the schedule is set anew in every run.
struct AdamState {
  double rate = 5e-5;  ///< learning rate: change per step, in units of the weight
  double beta1 = 0.5, beta2 = 0.999;
  double epsilon = 1e-7;
  std::int64_t step = 0;  ///< updates done
  LrSchedule schedule;
  /// Bias-corrected step size of the current step: rate * share(schedule, step) *
  /// sqrt(1 - beta2^step) / (1 - beta1^step).
  double step_size = 0;
};

namespace kernels {

/// New first moment, second moment and weight of one element.
struct AdamMoments {
  float m, v, w;
};

/// One element of an Adam update in the reordered form: epsilon stands beside the uncorrected root.
/// Source: Kingma and Ba 2015, section 2, last paragraph before 2.1; as in Keras.
CAMEO_HD inline AdamMoments adam_update(AdamMoments at, float g, float beta1, float beta2,
                                        float epsilon, float step_size) {
  const float m = at.m + (g - at.m) * (1.0F - beta1);
  const float v = at.v + (g * g - at.v) * (1.0F - beta2);
  return {m, v, at.w - step_size * m / (std::sqrt(v) + epsilon)};
}

/// The learning rate of the current step.
CAMEO_HD inline double rate_at(const AdamState& state) {
  return state.rate * rate_share(state.schedule, state.step);
}

/// Goes on to the next step: step + 1 and its step size.
CAMEO_HD inline void advance(AdamState* state) {
  ++state->step;
  const auto t = static_cast<double>(state->step);
  state->step_size = rate_at(*state) * std::sqrt(1.0 - std::pow(state->beta2, t)) /
                     (1.0 - std::pow(state->beta1, t));
}

/// advance() of a state in device memory.
void adam_advance(Cpu& on, AdamState* state);
void adam_advance(Cuda& on, AdamState* state);

/// Weights, gradients and moments of an Adam update, in device memory.
struct AdamArrays {
  float* w;
  const void* g;  ///< of type `gradient`
  float *m, *v;
  DType gradient = DType::F32;
  Bf16* copy = nullptr;  ///< where not nullptr, the new weights rounded: what a bf16 graph reads
};

/// Adam update of `count` weights and their moments in place from gradients g, with the state as it
/// is.
void adam_step(Cpu& on, const AdamState* state, const AdamArrays& to, std::int64_t count);
void adam_step(Cuda& on, const AdamState* state, const AdamArrays& to, std::int64_t count);

}  // namespace kernels
}  // namespace cameo
