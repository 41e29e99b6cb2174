// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

#include "base/host_device.h"

namespace cameo::kernels {

/// Sine and cosine of an angle given in turns, |turns| < 2^20; off by less than 3e-16.
/// Source: Taylor series about the nearest quarter turn.
CAMEO_HD inline void sincos_turns(double turns, double* sine, double* cosine) {
  const double quarters = turns * 4;
  const auto nearest = static_cast<std::int64_t>(quarters < 0 ? quarters - 0.5 : quarters + 0.5);
  const double a = (quarters - static_cast<double>(nearest)) * 1.5707963267948966;
  const double z = a * a;
  double s = -1.0 / 1307674368000;
  s = s * z + 1.0 / 6227020800;
  s = s * z - 1.0 / 39916800;
  s = s * z + 1.0 / 362880;
  s = s * z - 1.0 / 5040;
  s = s * z + 1.0 / 120;
  s = s * z - 1.0 / 6;
  s = a + a * (s * z);
  double c = 1.0 / 20922789888000;
  c = c * z - 1.0 / 87178291200;
  c = c * z + 1.0 / 479001600;
  c = c * z - 1.0 / 3628800;
  c = c * z + 1.0 / 40320;
  c = c * z - 1.0 / 720;
  c = c * z + 1.0 / 24;
  c = c * z - 0.5;
  c = 1 + c * z;
  const auto quadrant = static_cast<int>(nearest & 3);
  *sine = (quadrant == 0 ? s : quadrant == 1 ? c : quadrant == 2 ? -s : -c);
  *cosine = (quadrant == 0 ? c : quadrant == 1 ? -s : quadrant == 2 ? -c : s);
}

}  // namespace cameo::kernels
