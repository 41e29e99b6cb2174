// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/device.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// Brings a tensor to another number of images and channels: [N,H,W,C] -> [n,H,W,c], to hold what
/// both have and zeros elsewhere. A gradient that is added to gets no more than what both have.
/// Throws Error if H or W differ, or the types.
void pad_channels(Cuda& on, ConstView from, const Grad& to);

}  // namespace cameo::kernels
