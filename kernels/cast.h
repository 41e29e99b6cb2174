// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/device.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// Conversion of the element type, y = x, rounded to nearest; any shape. A CPU has float32 alone.
void cast_forward(Cpu& on, ConstView x, View y);
void cast_forward(Cuda& on, ConstView x, View y);
void cast_backward(Cpu& on, ConstView dy, Grad dx);
void cast_backward(Cuda& on, ConstView dy, Grad dx);

}  // namespace cameo::kernels
