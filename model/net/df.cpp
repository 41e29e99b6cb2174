// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include "base/error.h"
#include "model/net/network.h"
#include "model/net/settings.h"

namespace cameo {
namespace {

constexpr int kMaxSide = 1024;

/// "size=128 down=64,128,256,512 latent=256 inner=256 up=256 decoder=512,256,128".
struct DfSettings {
  int size, latent, inner;
  std::vector<int> down, up, decoder;
  int coverage;

  /// Side of the map that the second dense layer fills: each upscale and the head double it.
  int inner_side() const { return size >> (up.size() + decoder.size() + 1); }
};

std::string prefix_of(Side side) {
  return side == Side::A ? "decoder_a." : "decoder_b.";
}

std::string numbered(const std::string& name, std::size_t i) {
  return name + std::to_string(i + 1);
}

Encoded encode(const DfSettings& s, Layers& layers, Value x) {
  for (std::size_t i = 0; i < s.down.size(); ++i)
    x = layers.down(x, numbered("encoder.down", i), s.down[i]);
  const Value latent = layers.dense(x, "inter.dense1", s.latent);
  x = layers.dense(latent, "inter.dense2", s.inner, s.inner_side());
  for (std::size_t i = 0; i < s.up.size(); ++i) x = layers.up(x, numbered("inter.up", i), s.up[i]);
  return {latent, x};
}

Decoded decode(const DfSettings& s, Layers& layers, Value x, Side side) {
  for (std::size_t i = 0; i < s.decoder.size(); ++i) {
    x = layers.up(x, numbered(prefix_of(side) + "up", i), s.decoder[i]);
    x = layers.residual(x, numbered(prefix_of(side) + "res", i));
  }
  return {pixel_shuffle(layers.conv(x, prefix_of(side) + "out", 3, 4 * kColours), 2)};
}

DfSettings read(const std::string& text) {
  const Settings settings(text, {"size", "down", "latent", "inner", "up", "decoder", "coverage"});
  DfSettings s{.size = settings.integer("size"),
               .latent = settings.integer("latent"),
               .inner = settings.integer("inner"),
               .down = settings.list("down"),
               .up = settings.list("up"),
               .decoder = settings.list("decoder"),
               .coverage = settings.integer("coverage", Network{}.coverage)};
  const std::size_t doublings = s.up.size() + s.decoder.size() + 1;
  check(s.size <= kMaxSide && !s.down.empty() && s.down.size() <= 10 && !s.decoder.empty() &&
            doublings <= 10 && s.size % (1 << s.down.size()) == 0 &&
            s.size % (1 << doublings) == 0 && s.coverage <= 256,
        ErrorCode::Format, "network: \"", text,
        "\" makes none: the size must divide by 2 for each ",
        "of down, and for each of up and decoder and once more");
  return s;
}

}  // namespace

/// Separate decoders with residual blocks: SAEHD's df without its mask and pixel norm. 5x5
/// convolutions of stride 2, two dense layers, upscales; decoders of upscales, each with a residual
/// block; a head of 3x3 and pixel shuffle. Source: DeepFaceLab's SAEHD, by description.
Network df(const std::string& text) {
  const DfSettings s = read(text);
  return {.kind = "df",
          .settings = text,
          .size = s.size,
          .coverage = s.coverage,
          .latent_layer = "inter.dense2",
          .shared_prefixes = {"encoder.", "inter."},
          .prefix_a = prefix_of(Side::A),
          .prefix_b = prefix_of(Side::B),
          .encoder = [s](Layers& layers, Value face) { return encode(s, layers, face); },
          .decoder = [s](Layers& layers, Value features,
                         Side side) { return decode(s, layers, features, side); }};
}

}  // namespace cameo
