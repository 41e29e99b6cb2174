// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

#include "base/host_device.h"

namespace cameo {

/// Four 32-bit random numbers; a plain struct, because std::array is not for device code.
struct Philox4 {
  std::uint32_t v[4];
  CAMEO_HD std::uint32_t operator[](std::uint64_t i) const { return v[i]; }
};

/// Philox4x32-10: a counter-based generator. The same counter and key give the same four numbers
/// on every machine, in any order, with no state.
/// low, high: the 128-bit counter; key: 64 bits.
/// Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", SC11, section 4.3.
CAMEO_HD inline Philox4 philox(std::uint64_t low, std::uint64_t high, std::uint64_t key) {
  std::uint32_t c0 = static_cast<std::uint32_t>(low), c1 = static_cast<std::uint32_t>(low >> 32);
  std::uint32_t c2 = static_cast<std::uint32_t>(high), c3 = static_cast<std::uint32_t>(high >> 32);
  std::uint32_t k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53U} * c0, p1 = std::uint64_t{0xCD9E8D57U} * c2;
    c0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
    c1 = static_cast<std::uint32_t>(p1);
    c2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c3 = static_cast<std::uint32_t>(p0);
    k0 += 0x9E3779B9U;
    k1 += 0xBB67AE85U;
  }
  return {{c0, c1, c2, c3}};
}

/// The upper 24 bits as a float in [0, 1): exact, so the same everywhere.
CAMEO_HD inline float unit_float(std::uint32_t bits) {
  return static_cast<float>(bits >> 8) * (1.0F / 16777216.0F);
}

}  // namespace cameo
