// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <sstream>
#include <string>

#include "kernels/conv2d.h"
#include "kernels/dense.h"

namespace cameo::kernels {

/// The three passes of a product y = x (times) w.
enum class Direction : std::uint8_t { Forward, ToInput, ToWeights };

inline const char* name_of(Direction direction) {
  switch (direction) {
    case Direction::Forward:
      return "forward";
    case Direction::ToInput:
      return "dx";
    case Direction::ToWeights:
      break;
  }
  return "dw";
}

/// What tells one pass from another in tables of the ways found fastest.
inline std::string key_of(const Conv2dSpec& s, Direction direction) {
  std::ostringstream key;
  key << "conv2d " << name_of(direction) << " x" << s.x << " w" << s.w << " stride " << s.stride
      << " pad " << s.pad.top << ',' << s.pad.left << ',' << s.pad.bottom << ',' << s.pad.right;
  if (s.constant_weights) key << " constant";
  return key.str();
}

inline std::string key_of(const DenseSpec& s, Direction direction) {
  std::ostringstream key;
  key << "dense " << name_of(direction) << ' ' << s.n << 'x' << s.in << " to " << s.out;
  if (s.constant_weights) key << " constant";
  return key.str();
}

}  // namespace cameo::kernels
