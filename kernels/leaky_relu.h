// SPDX-License-Identifier: MIT
#pragma once
#include "base/host_device.h"
#include "kernels/device.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

// slope >= 0, so y > 0 where x > 0, and y alone suffices to go back.
CAMEO_HD inline float leaky(float x, float slope) {
  return x > 0 ? x : slope * x;
}
CAMEO_HD inline float leaky_grad(float y, float dy, float slope) {
  return y > 0 ? dy : slope * dy;
}

/// Leaky ReLU, y = leaky(x) elementwise; any shape.
void leaky_relu_forward(Cpu& on, ConstView x, View y, float slope);
void leaky_relu_forward(Cuda& on, ConstView x, View y, float slope);
void leaky_relu_backward(Cpu& on, ConstView y, ConstView dy, Grad dx, float slope);
void leaky_relu_backward(Cuda& on, ConstView y, ConstView dy, Grad dx, float slope);

}  // namespace cameo::kernels
