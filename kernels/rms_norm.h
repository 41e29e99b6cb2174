// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>

#include "base/host_device.h"
#include "kernels/device.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// What a sample is multiplied with, from the sum of its squares: 1 / sqrt(mean + eps).
CAMEO_HD inline float rms_scale(double squares, std::int64_t count, float eps) {
  return 1 / std::sqrt(static_cast<float>(squares / static_cast<double>(count)) + eps);
}

/// d dot(dy, scale x) / dx for one value; share: scale^3 times the mean of dy x over the sample.
CAMEO_HD inline float rms_grad(float x, float dy, float scale, float share) {
  return scale * dy - share * x;
}

/// Root mean square normalization, y = x / sqrt(mean(x^2) + eps), the mean over all values of a
/// sample: x, y [N,H,W,C]. Sums in double, in a fixed order.
void rms_norm_forward(Cpu& on, ConstView x, View y, float eps);
void rms_norm_forward(Cuda& on, ConstView x, View y, float eps);
void rms_norm_backward(Cpu& on, ConstView x, ConstView dy, Grad dx, float eps);
void rms_norm_backward(Cuda& on, ConstView x, ConstView dy, Grad dx, float eps);

}  // namespace cameo::kernels
