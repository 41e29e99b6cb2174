// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "model/net/network.h"

namespace cameo {

/// A network of known settings. What a new one is trained by: recipe_of_preset().
struct Preset {
  std::string name;
  std::string about;  ///< one line for people
  Network network;
  bool has_base = false;  ///< whether Cameo comes with a base of it
};

/// `original` (the article's), `lowmem`, `light`, `light128`, `hd128`, `hd256`; in this order.
const std::vector<Preset>& presets();

/// The preset of that name. Throws Error (ErrorCode::Usage) naming the ones there are.
const Preset& preset(std::string_view name);

/// The preset with this network, or one called `custom` if none has it.
Preset preset_of(const Network& network);

}  // namespace cameo
