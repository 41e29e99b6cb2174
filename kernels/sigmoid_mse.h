// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/device.h"
#include "kernels/mse.h"
#include "kernels/sigmoid.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// Mean squared error of a sigmoid, out = mean of (sigmoid(x) - t)^2 over all elements, in one
/// pass; an element whose target is negative is ignored, but stays in the mean. x and t of one
/// shape, out one number. Sums in double.
void sigmoid_mse_forward(Cpu& on, ConstView x, ConstView t, View out);
void sigmoid_mse_forward(Cuda& on, ConstView x, ConstView t, View out);
/// Gradient of x; computes sigmoid(x) again, which is cheaper than keeping it.
void sigmoid_mse_backward(Cpu& on, ConstView x, ConstView t, ConstView dout, Grad dx);
void sigmoid_mse_backward(Cuda& on, ConstView x, ConstView t, ConstView dout, Grad dx);

}  // namespace cameo::kernels
