// SPDX-License-Identifier: MIT
#pragma once
#include <vector>

#include "engine/params.h"
#include "kernels/grad_norm.h"

namespace cameo {

/// Clips gradients by their global norm: all of them are multiplied by one factor, so that the
/// Euclidean norm over all ranges is at most a limit. Norm and factor stay on the device, and sums
/// keep their order, so it may be recorded: as a phase's after_backward.
/// Source: Pascanu et al. 2013; torch.nn.utils.clip_grad_norm_.
class GradClip {
 public:
  /// A stretch of a store's gradients.
  struct Part {
    ParamStore& params;
    Range range;
  };
  GradClip(Exec& exec, std::vector<Part> parts, float max_norm);

  void apply();
  /// The norm before the last apply() clipped it; waits for the device.
  float norm() const;

 private:
  GradNorm* device() const { return reinterpret_cast<GradNorm*>(memory_.get()); }

  Exec& exec_;
  std::vector<Part> parts_;
  float max_norm_;
  Memory memory_;
};

}  // namespace cameo
