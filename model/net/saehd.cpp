// SPDX-License-Identifier: MIT
#include "model/net/saehd.h"

#include <algorithm>
#include <functional>

#include "base/error.h"
#include "model/net/settings.h"

namespace cameo {
namespace {

constexpr int kMaxSide = 1024, kMaxCoverage = 256, kMaxHead = 7;
constexpr std::size_t kMaxLayers = 10;
constexpr int kBlock = 2;  ///< side of the blocks of pixels that become channels, and back
constexpr float kMaskSlope = 0.1F;

std::string numbered(const std::string& name, std::size_t i) {
  return name + std::to_string(i + 1);
}

void check_possible(const SaehdSettings& s) {
  const std::size_t halvings = s.down.size() + (s.unshuffle ? 1 : 0);
  const std::size_t doublings = s.up.size() + s.decoder.size() + 1;
  check(s.size <= kMaxSide && !s.down.empty() && halvings <= kMaxLayers && !s.decoder.empty() &&
            doublings <= kMaxLayers && s.size % (1 << halvings) == 0 &&
            s.size % (1 << doublings) == 0 && s.coverage <= kMaxCoverage,
        ErrorCode::Format, "network: \"", s.text,
        "\" makes none: the size must divide by 2 for each of down, and once more with unshuffle=1;"
        " and for each of up and decoder and once more");
  check(s.head % 2 == 1 && s.head <= kMaxHead, ErrorCode::Format, "network: \"", s.text,
        "\" makes none: head must be 1, 3, 5 or 7");
  const std::vector<int>& after = s.down_residual;
  check(std::adjacent_find(after.begin(), after.end(), std::greater_equal<>()) == after.end() &&
            (after.empty() || after.back() <= static_cast<int>(s.down.size())),
        ErrorCode::Format, "network: \"", s.text,
        "\" makes none: down_residual must rise from 1 at least to the number of down at most");
}

/// Logits [N,2H,2W,channels] of a map [N,H,W,C].
Value head(Layers& layers, Value x, const std::string& name, int k, int channels) {
  return pixel_shuffle(layers.conv(x, name, k, kBlock * kBlock * channels), kBlock);
}

}  // namespace

SaehdSettings saehd_settings(const std::string& text) {
  const Settings settings(
      text, {"size", "down", "latent", "inner", "up", "decoder", "coverage", "unshuffle",
             "down_residual", "norm", "residual", "head", "mask", "canonical"});
  const SaehdSettings otherwise;
  SaehdSettings s{.text = text,
                  .size = settings.integer("size"),
                  .down = settings.list("down"),
                  .down_residual = settings.list("down_residual"),
                  .latent = settings.integer("latent"),
                  .inner = settings.integer("inner"),
                  .up = settings.list("up"),
                  .decoder = settings.list("decoder"),
                  .coverage = settings.integer("coverage", otherwise.coverage),
                  .head = settings.integer("head", otherwise.head),
                  .mask = settings.integer("mask", otherwise.mask),
                  .unshuffle = settings.flag("unshuffle", otherwise.unshuffle),
                  .norm = settings.flag("norm", otherwise.norm),
                  .residual = settings.flag("residual", otherwise.residual),
                  .canonical = settings.flag("canonical", otherwise.canonical)};
  check_possible(s);
  return s;
}

Value saehd_encoder(const SaehdSettings& s, Layers& layers, Value x) {
  if (s.unshuffle) x = pixel_unshuffle(x, kBlock);
  for (std::size_t i = 0; i < s.down.size(); ++i) {
    x = layers.down(x, numbered("encoder.down", i), s.down[i]);
    if (std::count(s.down_residual.begin(), s.down_residual.end(), i + 1) > 0)
      x = layers.residual(x, numbered("encoder.res", i));
  }
  return s.norm ? rms_norm(x) : x;
}

Value saehd_latent(const SaehdSettings& s, Layers& layers, Value x, const std::string& prefix) {
  return layers.dense(x, prefix + "dense1", s.latent);
}

Value saehd_inter(const SaehdSettings& s, Layers& layers, Value latent, const std::string& prefix,
                  const std::string& dense) {
  Value x = layers.dense(latent, dense, s.inner, s.inner_side());
  for (std::size_t i = 0; i < s.up.size(); ++i)
    x = layers.up(x, numbered(prefix + "up", i), s.up[i]);
  return x;
}

Decoded saehd_decoder(const SaehdSettings& s, Layers& layers, Value x, const std::string& prefix) {
  for (std::size_t i = 0; i < s.decoder.size(); ++i) {
    x = layers.up(x, numbered(prefix + "up", i), s.decoder[i]);
    if (s.residual) x = layers.residual(x, numbered(prefix + "res", i));
  }
  Decoded face{head(layers, x, prefix + "out", s.head, kColours)};
  if (s.mask == 0) return face;
  // Detached: an error of the mask must not bend the image.
  Value m = leaky_relu(layers.conv(detach(x), prefix + "mask1", 3, s.mask), kMaskSlope);
  face.mask = head(layers, m, prefix + "mask2", 3, 1);
  return face;
}

}  // namespace cameo
