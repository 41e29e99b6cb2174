// SPDX-License-Identifier: MIT
#include <string>

#include "base/error.h"
#include "model/net/saehd.h"

namespace cameo {
namespace {

constexpr const char* kInterAb = "inter_ab.";
constexpr const char* kInterA = "inter_a.";

Value inter(const SaehdSettings& s, Layers& layers, Value x, const std::string& prefix) {
  return saehd_inter(s, layers, saehd_latent(s, layers, x, prefix), prefix, prefix + "dense2");
}

/// The inters come after what both sides share, so decoders read the encoder's map. inter_ab's
/// latent is recorded here too, for whoever asks; in a training graph nothing leads to it.
Encoded encode(const SaehdSettings& s, Layers& layers, Value face) {
  const Value x = saehd_encoder(s, layers, face);
  return {saehd_latent(s, layers, x, kInterAb), x};
}

Decoded decode(const SaehdSettings& s, Layers& layers, Value x, Side side) {
  const Value ab = inter(s, layers, x, kInterAb);
  const Value first = side == Side::A ? inter(s, layers, x, kInterA) : ab;
  return saehd_decoder(s, layers, concat(first, ab), "decoder.");
}

}  // namespace

/// One encoder and one decoder for both sides, which reads the maps of two inters: of inter_a and
/// inter_ab for A, of inter_ab twice for B. So what is put into A's frames, B, comes from an inter
/// that has learned from A's faces as well. The reverse swap does not: inter_a never saw B's.
Network liae(const std::string& text) {
  const SaehdSettings s = saehd_settings(text);
  check(!s.canonical, ErrorCode::Format, "network: liae has no canonical=1");
  return {.kind = "liae",
          .settings = text,
          .size = s.size,
          .coverage = s.coverage,
          .latent_layer = std::string(kInterAb) + "dense2",
          .shared_prefixes = {"encoder.", kInterAb, "decoder."},
          .prefix_a = kInterA,
          .prefix_b = "",
          .encoder_prefixes = {"encoder.", std::string(kInterAb) + "dense1.",
                               std::string(kInterA) + "dense1."},
          .has_mask = s.mask > 0,
          .encoder = [s](Layers& layers, Value face, Side) { return encode(s, layers, face); },
          .decoder = [s](Layers& layers, Value features,
                         Side side) { return decode(s, layers, features, side); }};
}

}  // namespace cameo
