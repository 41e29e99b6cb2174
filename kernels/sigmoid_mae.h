// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/mae.h"
#include "kernels/pixel_mask.h"
#include "kernels/sigmoid.h"

namespace cameo::kernels {

/// Mean absolute error of a sigmoid, out = mean of mask * |sigmoid(x) - t|, in one pass; x and t
/// [N,H,W,C], out one number. mask: as PixelMask takes it; the mean is over all elements, whatever
/// their weights. Sums in double.
void sigmoid_mae_forward(Cpu& on, ConstView x, ConstView t, View out, ConstView mask = {});
void sigmoid_mae_forward(Cuda& on, ConstView x, ConstView t, View out, ConstView mask = {});
/// Gradient of x; computes sigmoid(x) again, which is cheaper than keeping it.
void sigmoid_mae_backward(Cpu& on, ConstView x, ConstView t, ConstView dout, Grad dx,
                          ConstView mask = {});
void sigmoid_mae_backward(Cuda& on, ConstView x, ConstView t, ConstView dout, Grad dx,
                          ConstView mask = {});

}  // namespace cameo::kernels
