// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <cstdint>

#include "base/host_device.h"
#include "kernels/device.h"
#include "kernels/tensor.h"

namespace cameo {

/// Euclidean norm of all gradients of a step, in device memory.
struct GradNorm {
  double squares = 0;  ///< sum of the squares so far
  float norm = 0;
  float scale = 1;  ///< what brings the norm down to its limit; 1 where it is below
};

namespace kernels {

/// A stretch of gradients in device memory.
struct GradBlock {
  void* data;
  DType dtype;
  std::int64_t count;
};

/// Norm and scale from the squares, which go back to 0.
/// Source: torch.nn.utils.clip_grad_norm_: scale = min(1, limit / (norm + 1e-6)).
CAMEO_HD inline void finish_norm(GradNorm* norm, float limit) {
  norm->norm = static_cast<float>(std::sqrt(norm->squares));
  const float scale = limit / (norm->norm + 1e-6F);
  norm->scale = scale > 1 ? 1 : scale;  // a NaN stays
  norm->squares = 0;
}

/// A gradient, clipped. A zero stays zero if the scale is NaN: the padding between parameters must
/// not count in the next norm.
CAMEO_HD inline float clipped(float g, float scale) {
  return g == 0 ? g : g * scale;
}

/// Adds the squares of a stretch to norm->squares, in a fixed order.
void grad_norm_add(Cpu& on, GradNorm* norm, const GradBlock& block);
void grad_norm_add(Cuda& on, GradNorm* norm, const GradBlock& block);

/// finish_norm() in device memory.
void grad_norm_finish(Cpu& on, GradNorm* norm, float limit);
void grad_norm_finish(Cuda& on, GradNorm* norm, float limit);

/// Multiplies a stretch by norm->scale, except for zeros.
void grad_scale(Cpu& on, const GradNorm* norm, const GradBlock& block);
void grad_scale(Cuda& on, const GradNorm* norm, const GradBlock& block);

}  // namespace kernels
}  // namespace cameo
