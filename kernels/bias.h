// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/device.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// Bias of each channel, y = x + b; x, y [N,H,W,C], b [1,1,1,C].
void bias_forward(Cpu& on, ConstView x, ConstView b, View y);
void bias_forward(Cuda& on, ConstView x, ConstView b, View y);

/// dx = dy, db = dy summed over N, H and W.
void bias_backward(Cpu& on, ConstView dy, Grad dx, Grad db);
void bias_backward(Cuda& on, ConstView dy, Grad dx, Grad db);

}  // namespace cameo::kernels
