// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/params.h"
#include "kernels/augment_strength.h"

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

/// The sizes of an autoencoder: what its layers are follows from these (autoencoder.h).
struct Preset {
  std::string_view name;
  std::string_view about;    ///< one line for people
  int size = 64;             ///< side of the square face it reads and draws, in pixels
  std::vector<int> down;     ///< filters of the encoder's 5x5 stride-2 convolutions
  int code = 1024;           ///< width of the bottleneck
  int inner = 1024;          ///< channels of the small map that the second dense layer fills
  std::vector<int> up{512};  ///< channels after each upscale of the encoder, one to three
  std::vector<int> decoder;  ///< channels after each upscale of a decoder; four are there in all
  Recipe recipe{};
  Init init = Init::GlorotUniform;  ///< of the weights; biases start at zero
  int coverage = 160;  ///< side of what it reads and draws of a 256-pixel face, in pixels
};

/// The encoder's second dense layer fills a map of size / kInnerShrink; so many upscales, each to
/// twice the side, lead back to the image. The encoder's are shared by both persons.
constexpr int kInnerShrink = 16;
constexpr std::size_t kUpscales = 4;

/// Whether encoder and decoders have kUpscales together, and each some.
bool upscales_fit(const Preset& preset);

/// `original` (the article's), `lowmem`, `light`; in this order.
const std::vector<Preset>& presets();

/// The preset of that name. Throws Error (ErrorCode::Usage) naming the ones there are.
const Preset& preset(std::string_view name);

/// All sizes as text: "size=64 down=128,256 code=512 inner=1024 up=512 decoder=256,128,64", and "
/// coverage=224" where that is not the article's 160.
std::string sizes_of(const Preset& preset);

/// The preset with these sizes, or one called `custom` if none has them.
/// Throws Error (ErrorCode::Format) if they are no such text, or impossible.
Preset preset_of(const std::string& sizes);

}  // namespace cameo
