// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/device.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// y[o] = sum_i x[i] w[o,i] + b[o]: a dense layer on one sample, which reads each weight once and
/// so is bound by memory alone. x, w, y: of one type; w: n = outputs, the rest inputs; b: of that
/// type or float32, or empty.
void gemv(Cuda& on, ConstView x, ConstView w, ConstView b, View y);

}  // namespace cameo::kernels
