// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>

#include "kernels/device.h"
#include "kernels/sigmoid.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// Binary cross-entropy of sigmoid(x) and a label in 0..1, in a form that does not overflow:
/// max(x, 0) - label x + log(1 + exp(-|x|)).
CAMEO_HD inline float bce(float x, float label) {
  const float size = x < 0 ? -x : x;
  return (x < 0 ? 0.0F : x) - label * x + std::log1p(std::exp(-size));
}
/// Its derivative, times k.
CAMEO_HD inline float bce_grad(float x, float label, float k) {
  return k * (sigmoid(x) - label);
}

/// Mean binary cross-entropy of logits x [N,H,W,C] and one label, out one number. Sums in double.
void bce_with_logits_forward(Cpu& on, ConstView x, View out, float label);
void bce_with_logits_forward(Cuda& on, ConstView x, View out, float label);
void bce_with_logits_backward(Cpu& on, ConstView x, ConstView dout, Grad dx, float label);
void bce_with_logits_backward(Cuda& on, ConstView x, ConstView dout, Grad dx, float label);

}  // namespace cameo::kernels
