// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "pipeline/compose/color.h"

namespace cameo {

/// What options call the ways to match colours.
inline std::vector<std::pair<std::string, ColorMatch>> color_words() {
  return {{"none", ColorMatch::None}, {"avg", ColorMatch::Average}, {"lab", ColorMatch::Lab}};
}

}  // namespace cameo
