// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>

#include "base/host_device.h"
#include "kernels/device.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

CAMEO_HD inline float sigmoid(float x) {
  return 1.0F / (1.0F + std::exp(-x));
}
CAMEO_HD inline float sigmoid_grad(float y, float dy) {
  return dy * y * (1.0F - y);
}

/// Sigmoid, y = 1 / (1 + exp(-x)) elementwise; any shape.
void sigmoid_forward(Cpu& on, ConstView x, View y);
void sigmoid_forward(Cuda& on, ConstView x, View y);
void sigmoid_backward(Cpu& on, ConstView y, ConstView dy, Grad dx);
void sigmoid_backward(Cuda& on, ConstView y, ConstView dy, Grad dx);

}  // namespace cameo::kernels
