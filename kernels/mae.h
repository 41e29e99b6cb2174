// SPDX-License-Identifier: MIT
#pragma once
#include "base/host_device.h"
#include "kernels/device.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// d |x - t| / dx times k; 0 where they meet.
CAMEO_HD inline float mae_grad(float x, float t, float k) {
  return x > t ? k : x < t ? -k : 0.0F;
}

/// Mean absolute error, out = mean |x - t|; x and t of one shape, out one number. Sums in double.
void mae_forward(Cpu& on, ConstView x, ConstView t, View out);
void mae_forward(Cuda& on, ConstView x, ConstView t, View out);
void mae_backward(Cpu& on, ConstView x, ConstView t, ConstView dout, Grad dx);
void mae_backward(Cuda& on, ConstView x, ConstView t, ConstView dout, Grad dx);

}  // namespace cameo::kernels
