// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

#include "base/host_device.h"
#include "kernels/trig.h"

namespace cameo {

/// How a learning rate falls between two steps.
enum class LrDecay : std::uint8_t {
  LinearToZero,  ///< in a straight line towards 0, but no lower than `end`
  Linear,        ///< in a straight line to `end`; torch.optim.lr_scheduler.LinearLR
  Cosine,        ///< along half a cosine to `end`; CosineAnnealingLR, Loshchilov and Hutter 2017
};

/// The learning rate over a training, as a share of its height, which a device computes from the
/// step count: it rises in a straight line over `warm_up` steps, stays, and falls from
/// `decay_begin` to `decay_end`, after which it stays where it is. 0: no warm-up; no decay.
struct LrSchedule {
  std::int64_t warm_up = 0, decay_begin = 0, decay_end = 0;
  LrDecay decay = LrDecay::LinearToZero;
  double end = 0.02;  ///< share in the end
};

namespace kernels {

/// The share after `step` updates.
CAMEO_HD inline double rate_share(const LrSchedule& schedule, std::int64_t step) {
  double share = 1;
  if (step < schedule.warm_up)
    share = static_cast<double>(step) / static_cast<double>(schedule.warm_up);
  if (schedule.decay_end <= schedule.decay_begin || step <= schedule.decay_begin) return share;
  const double left = step >= schedule.decay_end
                          ? 0
                          : static_cast<double>(schedule.decay_end - step) /
                                static_cast<double>(schedule.decay_end - schedule.decay_begin);
  switch (schedule.decay) {
    case LrDecay::LinearToZero:
      return share * (left > schedule.end ? left : schedule.end);
    case LrDecay::Linear:
      return share * (schedule.end + (1 - schedule.end) * left);
    case LrDecay::Cosine:
      break;
  }
  // Not std::cos, which takes a stack frame on a GPU.
  double sine = 0, cosine = 0;
  sincos_turns(left / 2, &sine, &cosine);
  const double height = (1 - cosine) / 2;
  return share * (schedule.end + (1 - schedule.end) * height);
}

}  // namespace kernels
}  // namespace cameo
