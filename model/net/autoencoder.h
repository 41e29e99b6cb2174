// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "model/net/network.h"
#include "model/net/side.h"

namespace cameo {

/// The article's topology: 5x5 convolutions of stride 2, two dense layers, then upscales by
/// convolution and pixel shuffle, the first of them the encoder's.
constexpr const char* kAutoencoder = "autoencoder";

/// Its settings.
struct AutoencoderSettings {
  int size = 64;             ///< side of the square face it reads and renders, in pixels
  std::vector<int> down;     ///< filters of the encoder's 5x5 stride-2 convolutions
  int latent = 1024;         ///< width of the bottleneck
  int inner = 1024;          ///< channels of the small map that the second dense layer fills
  std::vector<int> up{512};  ///< channels after each upscale of the encoder, one to three
  std::vector<int> decoder;  ///< channels after each upscale of a decoder; four are there in all
  int coverage = kFaceCoverage;     ///< Network::coverage
  Init init = Init::GlorotUniform;  ///< Network::init
};

/// The encoder's second dense layer fills a map of size / kInnerShrink; so many upscales, each to
/// twice the side, lead back to the image. The encoder's are shared by both persons.
constexpr int kInnerShrink = 16;
constexpr std::size_t kUpscales = 4;

/// Throws Error (ErrorCode::Format) if the settings do not fit together.
Network autoencoder(const AutoencoderSettings& settings);
/// Settings of text, which may be impossible: "size=64 down=128,256 code=512 inner=1024 up=512
/// decoder=256,128,64", and " coverage=224" where that is not 160. Throws Error (ErrorCode::Format)
/// if it is no such text.
AutoencoderSettings autoencoder_settings(const std::string& text);

}  // namespace cameo
