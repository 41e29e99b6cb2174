// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <vector>

#include "model/net/network.h"

namespace cameo {

// What the topologies df and liae have in common: SAEHD's parts, from which they differ in who owns
// them. Source: DeepFaceLab's SAEHD, by description; names of its options in brackets.

/// Settings of either topology.
struct SaehdSettings {
  std::string text;                ///< all of them, as a model file stores them
  int size = 0;                    ///< side of the square face that is read and rendered, in pixels
  std::vector<int> down;           ///< filters of the encoder's 5x5 stride-2 convolutions
  std::vector<int> down_residual;  ///< which of them a residual block follows: 1 is the first
  int latent = 0;                  ///< width of the bottleneck
  int inner = 0;                   ///< channels of the map that the second dense layer fills
  std::vector<int> up;             ///< channels after each upscale of that map; may be none
  std::vector<int> decoder;        ///< channels after each upscale of a decoder
  int coverage = kFaceCoverage;    ///< Network::coverage
  int head = 3;                    ///< side of the window of the convolution before the image
  int mask = 0;                    ///< channels of the mask head; 0: there is none
  bool unshuffle = false;  ///< blocks of 2 x 2 pixels become channels before the first convolution
  bool norm = false;       ///< rms_norm between encoder and first dense layer [u]
  bool residual = true;    ///< a residual block follows each upscale of a decoder
  bool canonical = false;  ///< df: faces are read by way of one person's image, see df.cpp

  /// Side of the map that the second dense layer fills: each upscale and the head double it.
  int inner_side() const { return size >> (up.size() + decoder.size() + 1); }
};

/// Settings of text: "size=128 down=64,128,256,512 latent=256 inner=256 up=256
/// decoder=512,256,128", and behind them, where it differs, "coverage=224 unshuffle=1
/// down_residual=1,5 norm=1 residual=0 head=1 mask=32 canonical=1". Throws Error
/// (ErrorCode::Format) if they make no network.
SaehdSettings saehd_settings(const std::string& text);

/// Face [N,S,S,3] -> what the first dense layer reads.
Value saehd_encoder(const SaehdSettings& s, Layers& layers, Value x);
/// The first dense layer of an inter: [N,H,W,C] -> [N,1,1,latent]. prefix: of its layers' names.
Value saehd_latent(const SaehdSettings& s, Layers& layers, Value x, const std::string& prefix);
/// The rest of it: [N,1,1,latent] -> [N,H,W,C] for a decoder. dense: its second dense layer's name.
Value saehd_inter(const SaehdSettings& s, Layers& layers, Value latent, const std::string& prefix,
                  const std::string& dense);
/// Upscales with their residual blocks, and the heads: one of 12 channels that pixel shuffle
/// spreads [d], and for the mask one that reads the same map, to which it sends no gradient.
Decoded saehd_decoder(const SaehdSettings& s, Layers& layers, Value x, const std::string& prefix);

}  // namespace cameo
