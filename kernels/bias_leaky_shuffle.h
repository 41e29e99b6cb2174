// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/leaky_relu.h"
#include "kernels/pixel_shuffle.h"

namespace cameo::kernels {

/// Bias, leaky ReLU, then pixel shuffle in one pass: y = pixel_shuffle(leaky(x + b)); x
/// [N,H,W,r*r*C], b [1,1,1,r*r*C], y [N,r*H,r*W,C].
void bias_leaky_shuffle_forward(Cpu& on, ConstView x, ConstView b, View y, float slope, int r);
void bias_leaky_shuffle_forward(Cuda& on, ConstView x, ConstView b, View y, float slope, int r);

/// Gradients from y alone: its sign is the sign of x + b.
void bias_leaky_shuffle_backward(Cpu& on, ConstView y, ConstView dy, Grad dx, Grad db, float slope,
                                 int r);
void bias_leaky_shuffle_backward(Cuda& on, ConstView y, ConstView dy, Grad dx, Grad db, float slope,
                                 int r);

}  // namespace cameo::kernels
