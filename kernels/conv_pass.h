// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <sstream>
#include <string>

#include "kernels/conv2d.h"
#include "kernels/dense.h"

namespace cameo::kernels {

/// The three passes of a product y = x (times) w.
enum class ConvPass : std::uint8_t { Forward, BackwardData, BackwardWeights };

inline const char* name_of(ConvPass direction) {
  switch (direction) {
    case ConvPass::Forward:
      return "forward";
    case ConvPass::BackwardData:
      return "dx";
    case ConvPass::BackwardWeights:
      break;
  }
  return "dw";
}

/// What tells one pass from another in tables of the ways found fastest.
inline std::string key_of(const Conv2dSpec& s, ConvPass direction) {
  std::ostringstream key;
  key << "conv2d " << name_of(direction) << " x" << s.x << " w" << s.w << " stride " << s.stride
      << " pad " << s.pad.top << ',' << s.pad.left << ',' << s.pad.bottom << ',' << s.pad.right;
  if (s.constant_weights) key << " constant";
  return key.str();
}

inline std::string key_of(const DenseSpec& s, ConvPass direction) {
  std::ostringstream key;
  key << "dense " << name_of(direction) << ' ' << s.n << 'x' << s.in << " to " << s.out;
  if (s.constant_weights) key << " constant";
  return key.str();
}

}  // namespace cameo::kernels
