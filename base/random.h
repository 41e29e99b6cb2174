// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

#include "base/philox.h"

namespace cameo {

/// A seeded stream of numbers that is the same on every machine; its whole state is two integers,
/// so that a checkpoint can hold it.
class Random {
 public:
  explicit Random(std::uint64_t seed, std::uint64_t position = 0)
      : seed_(seed), position_(position) {}

  /// 32 random bits.
  std::uint32_t bits() {
    const auto block = philox(position_ / 4, 0, seed_);
    return block[position_++ % 4];
  }
  /// In [0, 1), 24 bits.
  float uniform() { return unit_float(bits()); }
  /// In [0, n), n > 0; without bias worth naming (n is far below 2^32).
  std::uint32_t below(std::uint32_t n) {
    return static_cast<std::uint32_t>((std::uint64_t{bits()} * n) >> 32);
  }

  std::uint64_t seed() const { return seed_; }
  std::uint64_t position() const { return position_; }

 private:
  std::uint64_t seed_;
  std::uint64_t position_;
};

}  // namespace cameo
