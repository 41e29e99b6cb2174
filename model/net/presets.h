// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "kernels/augment.h"
#include "model/net/network.h"

namespace cameo {

/// How a network is trained: not what it is, so a model's file does not hold it. As it stands, the
/// article's.
struct Recipe {
  int batch = 64;      ///< faces of each person in an iteration
  double rate = 5e-5;  ///< Adam's
  double beta1 = 0.5;  ///< Adam's
  int warm_up = 0;     ///< iterations over which the rate rises to its height
  double fall = 0;     ///< share of the iterations, the last ones, over which the rate falls to 2 %
  double dssim = 0;    ///< weight of structural dissimilarity beside the mean absolute error
  kernels::AugmentStrength augment{};
  bool shared_init = false;  ///< both decoders begin with the same weights
};

/// A network of known settings and the recipe it is trained by.
struct Preset {
  std::string name;
  std::string about;  ///< one line for people
  Network network;
  Recipe recipe{};
};

/// `original` (the article's), `lowmem`, `light`; in this order.
const std::vector<Preset>& presets();

/// The preset of that name. Throws Error (ErrorCode::Usage) naming the ones there are.
const Preset& preset(std::string_view name);

/// The preset with this network, or one called `custom` if none has it.
Preset preset_of(const Network& network);

}  // namespace cameo
