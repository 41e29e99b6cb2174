// SPDX-License-Identifier: MIT
#pragma once
#include "base/host_device.h"
#include "kernels/device.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

// The channels of one output pixel lie together in the input too, so whole pixels move.
/// Offset in x of the C channels that become pixel `pixel` (counted over n, h, w) of y [N,H,W,C]:
/// y[n, h, w, c] = x[n, h/r, w/r, (h%r*r + w%r)*C + c].
CAMEO_HD inline std::int64_t shuffled_from(std::int64_t pixel, Shape y, int r) {
  const std::int64_t w = pixel % y.w, h = pixel / y.w % y.h, n = pixel / y.w / y.h;
  const std::int64_t block = h % r * r + w % r;
  return (((n * (y.h / r) + h / r) * (y.w / r) + w / r) * r * r + block) * y.c;
}

/// Pixel shuffle (depth to space), x [N,H,W,r*r*C] -> y [N,r*H,r*W,C]: block row, block column,
/// channel.
void pixel_shuffle_forward(Cpu& on, ConstView x, View y, int r);
void pixel_shuffle_forward(Cuda& on, ConstView x, View y, int r);
void pixel_shuffle_backward(Cpu& on, ConstView dy, Grad dx, int r);
void pixel_shuffle_backward(Cuda& on, ConstView dy, Grad dx, int r);

}  // namespace cameo::kernels
