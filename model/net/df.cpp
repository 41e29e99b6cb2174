// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include "engine/ops.h"
#include "model/net/saehd.h"

namespace cameo {
namespace {

constexpr const char* kInter = "inter.";
constexpr const char* kToLatent = "inter.dense1.";  // what is before the latent of an inter
constexpr const char* kFromLatent = "inter.dense2";

std::string prefix_of(Side side) {
  return side == Side::A ? "decoder_a." : "decoder_b.";
}

/// The latent of a face or, with canonical=1, of its image as one person's: a base's inter and
/// decoder, which render its target for everybody, stand between two passes of the same encoder.
/// What they overlook of a latent, such as who somebody is, does not come through; in the first
/// latent a new decoder would find it. The layer that reads the first latent is each person's own:
/// where the person's faces are unlike those that the base knows, as photographs are unlike
/// drawings, it takes the moments of the ones for those of the others. Else the target's face would
/// hardly move with theirs.
Value latent_of(const SaehdSettings& s, Layers& layers, Value face, Side person) {
  const auto read = [&](Value image) {
    return saehd_latent(s, layers, saehd_encoder(s, layers, image), kInter);
  };
  const Value latent = read(face);
  if (!s.canonical) return latent;
  SaehdSettings maskless = s;
  maskless.mask = 0;
  const Value features =
      saehd_inter(s, layers, latent, kCanonicalInter, canonical_latent_layer(person));
  return read(sigmoid(saehd_decoder(maskless, layers, features, kCanonicalDecoder).image));
}

/// In the order in which latent_of() and saehd_inter() come to them, for A and then for B.
std::vector<std::string> shared_prefixes(const SaehdSettings& s) {
  if (!s.canonical) return {"encoder.", kInter};
  const std::string inter = kCanonicalInter;
  std::vector<std::string> all{"encoder.", kToLatent, canonical_latent_layer(Side::A)};
  if (!s.up.empty()) all.push_back(inter + "up");
  all.emplace_back(kCanonicalDecoder);
  all.push_back(std::string(kFromLatent) + ".");
  if (!s.up.empty()) all.emplace_back("inter.up");
  all.emplace_back(canonical_latent_layer(Side::B));
  return all;
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
      .latent_layer = kFromLatent,
      .shared_prefixes = shared_prefixes(s),
      .prefix_a = prefix_of(Side::A),
      .prefix_b = prefix_of(Side::B),
      .encoder_prefixes = {"encoder.", kToLatent, kCanonicalPrefix},
      .has_mask = s.mask > 0,
      .sided = s.canonical,
      .encoder =
          [s](Layers& layers, Value face, Side person) {
            const Value latent = latent_of(s, layers, face, person);
            return Encoded{latent, saehd_inter(s, layers, latent, kInter, kFromLatent)};
          },
      .after_latent =
          [s](Layers& layers, Value latent) {
            return saehd_inter(s, layers, latent, kInter, kFromLatent);
          },
      .decoder = [s](Layers& layers, Value features,
                     Side side) { return saehd_decoder(s, layers, features, prefix_of(side)); }};
}

}  // namespace cameo
