// SPDX-License-Identifier: MIT
#include <string>

#include "model/net/saehd.h"

namespace cameo {
namespace {

constexpr const char* kInter = "inter.";

std::string prefix_of(Side side) {
  return side == Side::A ? "decoder_a." : "decoder_b.";
}

}  // namespace

/// One encoder, one inter (two dense layers, upscales), and for each side a decoder.
Network df(const std::string& text) {
  const SaehdSettings s = saehd_settings(text);
  return {
      .kind = "df",
      .settings = text,
      .size = s.size,
      .coverage = s.coverage,
      .latent_layer = std::string(kInter) + "dense2",
      .shared_prefixes = {"encoder.", kInter},
      .prefix_a = prefix_of(Side::A),
      .prefix_b = prefix_of(Side::B),
      .encoder_prefixes = {"encoder.", std::string(kInter) + "dense1."},
      .has_mask = s.mask > 0,
      .encoder =
          [s](Layers& layers, Value face) {
            const Value latent = saehd_latent(s, layers, saehd_encoder(s, layers, face), kInter);
            return Encoded{latent, saehd_inter(s, layers, latent, kInter)};
          },
      .decoder = [s](Layers& layers, Value features,
                     Side side) { return saehd_decoder(s, layers, features, prefix_of(side)); }};
}

}  // namespace cameo
