// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/leaky_relu.h"

namespace cameo::kernels {

/// Bias, then leaky ReLU, y = leaky(x + b), in one pass; x, y [N,H,W,C], b [1,1,1,C].
void bias_leaky_forward(Cpu& on, ConstView x, ConstView b, View y, float slope);
void bias_leaky_forward(Cuda& on, ConstView x, ConstView b, View y, float slope);

/// Gradients from y alone: its sign is the sign of x + b.
void bias_leaky_backward(Cpu& on, ConstView y, ConstView dy, Grad dx, Grad db, float slope);
void bias_leaky_backward(Cuda& on, ConstView y, ConstView dy, Grad dx, Grad db, float slope);

}  // namespace cameo::kernels
