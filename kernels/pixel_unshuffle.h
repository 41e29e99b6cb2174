// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/device.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// Pixel unshuffle (space to depth), the inverse of pixel shuffle: x [N,r*H,r*W,C] ->
/// y [N,H,W,r*r*C]: block row, block column, channel. Where a pixel lies in y: shuffled_from().
void pixel_unshuffle_forward(Cpu& on, ConstView x, View y, int r);
void pixel_unshuffle_forward(Cuda& on, ConstView x, View y, int r);
void pixel_unshuffle_backward(Cpu& on, ConstView dy, Grad dx, int r);
void pixel_unshuffle_backward(Cuda& on, ConstView dy, Grad dx, int r);

}  // namespace cameo::kernels
