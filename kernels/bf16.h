// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <cstring>

#include "base/host_device.h"

namespace cameo {

/// bfloat16: the upper half of a float32, with its range and 8 bits of mantissa. Our own type, so
/// that code without the CUDA toolkit can hold it; the bits are those of CUDA's and oneDNN's.
struct Bf16 {
  std::uint16_t bits;  // no initialiser: __shared__ arrays of it must be trivial
};

CAMEO_HD inline float to_float(float x) {
  return x;
}

CAMEO_HD inline float to_float(Bf16 x) {
  const std::uint32_t bits = std::uint32_t{x.bits} << 16;
  float value = 0;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/// `x` as T (float or Bf16), rounded to nearest, ties to even; NaN stays NaN.
template <class T>
CAMEO_HD T from_float(float x);

template <>
CAMEO_HD inline float from_float<float>(float x) {
  return x;
}

template <>
CAMEO_HD inline Bf16 from_float<Bf16>(float x) {
  std::uint32_t bits = 0;
  memcpy(&bits, &x, sizeof bits);
  constexpr std::uint32_t kHalf = 0x7fff, kQuiet = 0x40, kInfinity = 0x7f800000;
  if ((bits & 0x7fffffff) > kInfinity)  // rounding could carry a NaN into infinity
    return {static_cast<std::uint16_t>(bits >> 16 | kQuiet)};
  return {static_cast<std::uint16_t>((bits + kHalf + (bits >> 16 & 1)) >> 16)};
}

}  // namespace cameo
