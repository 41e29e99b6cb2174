// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/philox.h"

namespace cameo::test {

/// [height,width,3]: a ramp of its own in each channel under noise of 64 levels. Integer arithmetic
/// only, so that the bytes are the same everywhere, and as tests/golden/pictures/make.py draws
/// them.
inline std::vector<std::uint8_t> drawn_bytes(int width, int height, int number = 0) {
  std::vector<std::uint8_t> bytes;
  for (int i = 0; i < width * height * 3; ++i) {
    const int x = i / 3 % width, y = i / 3 / width, c = i % 3;
    const std::uint32_t noise =
        philox(static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(number), 77)[0] >> 26;
    const int ramp = (x * (c + 1) + y * (3 - c)) * 192 / (4 * std::max(width, height));
    bytes.push_back(static_cast<std::uint8_t>(static_cast<std::uint32_t>(ramp) + noise));
  }
  return bytes;
}

/// [count,side,side,3], one after the other.
inline std::vector<std::uint8_t> drawn_faces(int count, int side) {
  std::vector<std::uint8_t> faces;
  for (int n = 0; n < count; ++n) {
    const auto face = drawn_bytes(side, side, n);
    faces.insert(faces.end(), face.begin(), face.end());
  }
  return faces;
}

}  // namespace cameo::test
