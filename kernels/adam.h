// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <cstdint>

#include "base/host_device.h"
#include "kernels/bf16.h"
#include "kernels/device.h"
#include "kernels/tensor.h"

namespace cameo {

/// What changes from step to step; lies in device memory, so that a replayed step reads it.
/// Checkpoints hold rate, betas, epsilon and step; its course is set anew in every run.
struct AdamState {
  double rate = 5e-5;  ///< change per step, in units of the weight
  double beta1 = 0.5, beta2 = 0.999;
  double epsilon = 1e-7;
  std::int64_t step = 0;  ///< updates done
  /// Over its first steps the rate rises to its height; after `decay_begin` it falls in a straight
  /// line to 2 % at `decay_end`, and stays there. 0: it does neither.
  std::int64_t warm_up = 0, decay_begin = 0, decay_end = 0;
  double corrected =
      0;  ///< rate_at(step) * sqrt(1 - beta2^step) / (1 - beta1^step), for the current step
};

namespace kernels {

/// New first moment, second moment and weight of one element.
struct AdamMoments {
  float m, v, w;
};

/// One element of an Adam update in the reordered form: epsilon stands beside the uncorrected root.
/// Source: Kingma and Ba 2015, section 2, last paragraph before 2.1; as in Keras.
CAMEO_HD inline AdamMoments adam_update(AdamMoments at, float g, float beta1, float beta2,
                                        float epsilon, float corrected) {
  const float m = at.m + (g - at.m) * (1.0F - beta1);
  const float v = at.v + (g * g - at.v) * (1.0F - beta2);
  return {m, v, at.w - corrected * m / (std::sqrt(v) + epsilon)};
}

/// The rate of the clock's current step.
CAMEO_HD inline double rate_at(const AdamState& clock) {
  constexpr double kLeast = 0.02;
  double share = 1;
  if (clock.step < clock.warm_up)
    share = static_cast<double>(clock.step) / static_cast<double>(clock.warm_up);
  if (clock.decay_end > clock.decay_begin && clock.step > clock.decay_begin) {
    const double left = static_cast<double>(clock.decay_end - clock.step) /
                        static_cast<double>(clock.decay_end - clock.decay_begin);
    share *= left > kLeast ? left : kLeast;
  }
  return clock.rate * share;
}

/// Advances the clock by one step: step + 1 and the corrected rate.
CAMEO_HD inline void advance(AdamState* clock) {
  ++clock->step;
  const auto t = static_cast<double>(clock->step);
  clock->corrected = rate_at(*clock) * std::sqrt(1.0 - std::pow(clock->beta2, t)) /
                     (1.0 - std::pow(clock->beta1, t));
}

/// The same to a clock in device memory.
void adam_advance(Cpu& on, AdamState* clock);
void adam_advance(Cuda& on, AdamState* clock);

/// Weights and what belongs to them, in device memory.
struct AdamArrays {
  float* w;
  const void* g;  ///< of type `gradient`
  float *m, *v;
  DType gradient = DType::F32;
  Bf16* copy = nullptr;  ///< where not nullptr, the new weights rounded: what a bf16 graph reads
};

/// Updates `count` weights and their moments in place from gradients g, with the clock as it
/// stands.
void adam_step(Cpu& on, const AdamState* clock, const AdamArrays& to, std::int64_t count);
void adam_step(Cuda& on, const AdamState* clock, const AdamArrays& to, std::int64_t count);

}  // namespace kernels
}  // namespace cameo
