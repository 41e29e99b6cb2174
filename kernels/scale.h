// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/device.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// Product with a constant, y = k x elementwise; any shape.
void scale_forward(Cpu& on, ConstView x, View y, float k);
void scale_forward(Cuda& on, ConstView x, View y, float k);
/// dx = k dy.
void scale_backward(Cpu& on, ConstView dy, Grad dx, float k);
void scale_backward(Cuda& on, ConstView dy, Grad dx, float k);

}  // namespace cameo::kernels
