// SPDX-License-Identifier: MIT
#pragma once
#include "base/host_device.h"

namespace cameo::kernels {

/// (y - t)^2; 0 where the target is negative, which says that it is not known.
CAMEO_HD inline float squared_error(float y, float t) {
  return t < 0 ? 0.0F : (y - t) * (y - t);
}

/// Its derivative by y times k.
CAMEO_HD inline float mse_grad(float y, float t, float k) {
  return t < 0 ? 0.0F : 2 * k * (y - t);
}

}  // namespace cameo::kernels
