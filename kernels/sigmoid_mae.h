// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/mae.h"
#include "kernels/sigmoid.h"

namespace cameo::kernels {

/// out = mean |sigmoid(x) - t| in one pass; x, t alike, out one number. Sums in double.
void sigmoid_mae_forward(Cpu& on, ConstView x, ConstView t, View out);
void sigmoid_mae_forward(Cuda& on, ConstView x, ConstView t, View out);
/// Computes sigmoid(x) again: cheaper than keeping it.
void sigmoid_mae_backward(Cpu& on, ConstView x, ConstView t, ConstView dout, Grad dx);
void sigmoid_mae_backward(Cuda& on, ConstView x, ConstView t, ConstView dout, Grad dx);

}  // namespace cameo::kernels
