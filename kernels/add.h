// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/device.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// Elementwise sum y = a + b; all of one shape.
void add_forward(Cpu& on, ConstView a, ConstView b, View y);
void add_forward(Cuda& on, ConstView a, ConstView b, View y);
/// da = dy, db = dy, one after the other: both may be the same gradient, set by the first.
void add_backward(Cpu& on, ConstView dy, Grad da, Grad db);
void add_backward(Cuda& on, ConstView dy, Grad da, Grad db);

}  // namespace cameo::kernels
