// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/device.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// Slice of a batch, y [count,H,W,C] = images [at, at + count) of x [N,H,W,C].
void slice_forward(Cpu& on, ConstView x, View y, int at);
void slice_forward(Cuda& on, ConstView x, View y, int at);
/// dx: zero outside the slice if set, untouched there if added to.
void slice_backward(Cpu& on, ConstView dy, Grad dx, int at);
void slice_backward(Cuda& on, ConstView dy, Grad dx, int at);

}  // namespace cameo::kernels
