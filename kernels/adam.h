// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <cstdint>

#include "base/host_device.h"
#include "base/philox.h"
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

/// Whether learning-rate dropout keeps a weight of that index as it is in a step. draws: of its
/// four neighbours, see dropout_draws().
CAMEO_HD inline bool is_dropped(const Philox4& draws, std::int64_t index, float probability) {
  // Selected, not indexed: for that a GPU would put them into memory.
  const auto which = index % 4;
  const std::uint32_t low = which == 0 ? draws.v[0] : draws.v[1];
  const std::uint32_t high = which == 2 ? draws.v[2] : draws.v[3];
  return unit_float(which < 2 ? low : high) < probability;
}

/// Random numbers of the four weights among which `index` is, in a step: the same on every machine,
/// whatever the order.
CAMEO_HD inline Philox4 dropout_draws(std::int64_t index, std::int64_t step) {
  constexpr std::uint64_t kKey = 0x6c7264726f70;
  return philox(static_cast<std::uint64_t>(index) / 4, static_cast<std::uint64_t>(step), kKey);
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
  /// Learning-rate dropout: probability that a weight stays as it is in a step, while its moments
  /// go on. Source: Lin et al. 2022, arXiv:1912.00144.
  float dropout = 0;
  std::int64_t first = 0;  ///< index of the first weight, for the random numbers of that
  Bf16* copy = nullptr;    ///< where not nullptr, the new weights rounded: what a bf16 graph reads
};

/// Adam update of `count` weights and their moments in place from gradients g, with the state as it
/// is.
void adam_step(Cpu& on, const AdamState* state, const AdamArrays& to, std::int64_t count);
void adam_step(Cuda& on, const AdamState* state, const AdamArrays& to, std::int64_t count);

}  // namespace kernels
}  // namespace cameo
