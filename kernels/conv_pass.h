// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <sstream>
#include <string>

#include "kernels/conv2d.h"
#include "kernels/dense.h"

namespace cameo::kernels {

/// Passes of a convolution or dense layer, y = x (times) w: oneDNN's forward, backward data (dx)
/// and backward weights (dw).
enum class ConvPass : std::uint8_t { Forward, BackwardData, BackwardWeights };

inline const char* name_of(ConvPass pass) {
  switch (pass) {
    case ConvPass::Forward:
      return "forward";
    case ConvPass::BackwardData:
      return "dx";
    case ConvPass::BackwardWeights:
      break;
  }
  return "dw";
}

/// Key of a pass in tables of algorithms.
inline std::string key_of(const Conv2dSpec& s, ConvPass pass) {
  std::ostringstream key;
  key << "conv2d " << name_of(pass) << " x" << s.x << " w" << s.w << " stride " << s.stride
      << " pad " << s.pad.top << ',' << s.pad.left << ',' << s.pad.bottom << ',' << s.pad.right;
  if (s.constant_weights) key << " constant";
  return key.str();
}

inline std::string key_of(const DenseSpec& s, ConvPass pass) {
  std::ostringstream key;
  key << "dense " << name_of(pass) << ' ' << s.n << 'x' << s.in << " to " << s.out;
  if (s.constant_weights) key << " constant";
  return key.str();
}

}  // namespace cameo::kernels
