// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <vector>

#include "kernels/philox.h"

namespace cameo::test {

/// [count,side,side,3]: a ramp of its own in each channel under noise of 64 levels. Integer
/// arithmetic only, so that the bytes are the same everywhere.
inline std::vector<std::uint8_t> drawn_faces(int count, int side) {
  std::vector<std::uint8_t> faces(static_cast<std::size_t>(count) * side * side * 3);
  std::size_t at = 0;
  for (int n = 0; n < count; ++n) {
    for (int i = 0; i < side * side * 3; ++i) {
      const int x = i / 3 % side, y = i / 3 / side, c = i % 3;
      const std::uint32_t noise =
          philox(static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(n), 77)[0] >> 26;
      faces[at++] =
          static_cast<std::uint8_t>((x * (c + 1) + y * (3 - c)) * 192 / (4 * side) + noise);
    }
  }
  return faces;
}

}  // namespace cameo::test
