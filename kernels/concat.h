// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/device.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// Channels of a [N,H,W,A] and b [N,H,W,B] side by side: y [N,H,W,A+B].
void concat_forward(Cpu& on, ConstView a, ConstView b, View y);
void concat_forward(Cuda& on, ConstView a, ConstView b, View y);
/// da = channels [0, A) of dy, db = those behind them, one after the other: both may be the same
/// gradient, set by the first. channels: A, which is known also where nobody wants da.
void concat_backward(Cpu& on, ConstView dy, Grad da, Grad db, int channels);
void concat_backward(Cuda& on, ConstView dy, Grad da, Grad db, int channels);

}  // namespace cameo::kernels
