// SPDX-License-Identifier: MIT
#include "model/net/autoencoder.h"

#include "base/error.h"
#include "model/net/settings.h"

namespace cameo {
namespace {

constexpr const char* kLatentLayer = "encoder.dense2";
constexpr int kMaxSide = 1024;
constexpr std::size_t kMaxDowns = 10;
constexpr int kUsualCoverage = AutoencoderSettings{}.coverage;

std::string prefix_of(Side side) {
  return side == Side::A ? "decoder_a." : "decoder_b.";
}

std::string text_of(const AutoencoderSettings& s) {
  std::string text = "size=" + std::to_string(s.size) + " down=" + joined(s.down) +
                     " code=" + std::to_string(s.latent) + " inner=" + std::to_string(s.inner) +
                     " up=" + joined(s.up) + " decoder=" + joined(s.decoder);
  if (s.coverage != kUsualCoverage) text += " coverage=" + std::to_string(s.coverage);
  return text;
}

void check_possible(const AutoencoderSettings& s, const std::string& text) {
  check(s.size > 0 && s.size <= kMaxSide && s.size % kInnerShrink == 0 && !s.down.empty() &&
            s.down.size() <= kMaxDowns && s.size % (1 << s.down.size()) == 0 && !s.up.empty() &&
            !s.decoder.empty() && s.up.size() + s.decoder.size() == kUpscales && s.coverage <= 256,
        ErrorCode::Format, "network: \"", text, "\" makes none: the size must divide by ",
        kInnerShrink, " and by 2 for each of down, and up and decoder have ", kUpscales,
        " upscales together");
}

std::string numbered(const std::string& name, std::size_t i) {
  return name + std::to_string(i + 1);
}

Value read_latent(const AutoencoderSettings& s, Layers& layers, Value latent) {
  Value x = layers.dense(latent, kLatentLayer, s.inner, s.size / kInnerShrink);
  // The article's one upscale has no number.
  for (std::size_t i = 0; i < s.up.size(); ++i)
    x = layers.up(x, i == 0 ? "encoder.up" : numbered("encoder.up", i), s.up[i]);
  return x;
}

Encoded encode(const AutoencoderSettings& s, Layers& layers, Value x) {
  for (std::size_t i = 0; i < s.down.size(); ++i)
    x = layers.down(x, numbered("encoder.down", i), s.down[i]);
  const Value latent = layers.dense(x, "encoder.dense1", s.latent);
  return {latent, read_latent(s, layers, latent)};
}

Decoded decode(const AutoencoderSettings& s, Layers& layers, Value x, Side side) {
  for (std::size_t i = 0; i < s.decoder.size(); ++i)
    x = layers.up(x, numbered(prefix_of(side) + "up", i), s.decoder[i]);
  return {layers.conv(x, prefix_of(side) + "out", 5, kColours)};
}

}  // namespace

Network autoencoder(const AutoencoderSettings& s) {
  const std::string text = text_of(s);
  check_possible(s, text);
  return {
      .kind = kAutoencoder,
      .settings = text,
      .size = s.size,
      .coverage = s.coverage,
      .init = s.init,
      .latent_layer = kLatentLayer,
      .shared_prefixes = {"encoder."},
      .prefix_a = prefix_of(Side::A),
      .prefix_b = prefix_of(Side::B),
      .encoder_prefixes = {"encoder.down", "encoder.dense1."},
      .encoder = [s](Layers& layers, Value face, Side) { return encode(s, layers, face); },
      .after_latent = [s](Layers& layers, Value latent) { return read_latent(s, layers, latent); },
      .decoder = [s](Layers& layers, Value features,
                     Side side) { return decode(s, layers, features, side); }};
}

AutoencoderSettings autoencoder_settings(const std::string& text) {
  const Settings settings(text, {"size", "down", "code", "inner", "up", "decoder", "coverage"});
  return {.size = settings.integer("size"),
          .down = settings.list("down"),
          .latent = settings.integer("code"),
          .inner = settings.integer("inner"),
          .up = settings.list("up"),
          .decoder = settings.list("decoder"),
          .coverage = settings.integer("coverage", kUsualCoverage)};
}

}  // namespace cameo
