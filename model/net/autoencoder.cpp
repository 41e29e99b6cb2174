// SPDX-License-Identifier: MIT
#include "model/net/autoencoder.h"

#include <string>
#include <vector>

#include "base/error.h"
#include "model/net/layers.h"

namespace cameo {
namespace {

constexpr int kColours = 3;

std::string numbered(const char* name, std::size_t i) {
  return name + std::to_string(i + 1);
}

void add_decoder(ParamStore& params, const Preset& preset, Side side) {
  int channels = preset.up.back();
  for (std::size_t i = 0; i < preset.decoder.size(); ++i) {
    add_layer(params, prefix(side) + numbered("up", i), 3, channels, 4 * preset.decoder[i],
              preset.init);
    channels = preset.decoder[i];
  }
  add_layer(params, std::string(prefix(side)) + "out", 5, channels, kColours, preset.init);
}

/// Adds a side's losses to `losses`: the mean absolute error first, which it returns.
Value add_losses(const Preset& preset, Side side, Value code, Value target,
                 std::vector<Loss>& losses) {
  const std::string name = side == Side::A ? "a" : "b";
  const Value logits = decode_logits(code, preset, side);
  const Value mae = sigmoid_mae(logits, target);
  losses.push_back({name, mae});
  const auto weight = static_cast<float>(preset.recipe.dssim);
  if (weight > 0) losses.push_back({"dssim_" + name, dssim(sigmoid(logits), target, 1), weight});
  return mae;
}

}  // namespace

std::string encoder_up(std::size_t i) {
  return i == 0 ? "encoder.up" : numbered("encoder.up", i);
}

const char* prefix(Side side) {
  return side == Side::A ? "decoder_a." : "decoder_b.";
}

void add_parameters(ParamStore& params, const Preset& preset) {
  check(preset.size % kInnerShrink == 0 && upscales_fit(preset), "preset ", preset.name,
        ": a size of ", preset.size, ", ", preset.up.size(), " upscales of the encoder and ",
        preset.decoder.size(), " of a decoder do not fit: the size must divide by ", kInnerShrink,
        ", and ", kUpscales, " upscales lead back to it");
  int channels = kColours, side = preset.size;
  for (std::size_t i = 0; i < preset.down.size(); ++i) {
    add_layer(params, "encoder." + numbered("down", i), 5, channels, preset.down[i], preset.init);
    channels = preset.down[i];
    side /= 2;
  }
  const int inner = preset.size / kInnerShrink;
  add_layer(params, "encoder.dense1", 1, side * side * channels, preset.code, preset.init);
  add_layer(params, "encoder.dense2", 1, preset.code, inner * inner * preset.inner, preset.init);
  channels = preset.inner;
  for (std::size_t i = 0; i < preset.up.size(); ++i) {
    add_layer(params, encoder_up(i), 3, channels, 4 * preset.up[i], preset.init);
    channels = preset.up[i];
  }
  add_decoder(params, preset, Side::A);
  add_decoder(params, preset, Side::B);
}

Value encode_latent(Value x, const Preset& preset) {
  for (std::size_t i = 0; i < preset.down.size(); ++i)
    x = down(x, "encoder." + numbered("down", i));
  return linear(x, "encoder.dense1");
}

Value encode(Value x, const Preset& preset) {
  const int inner = preset.size / kInnerShrink;
  x = linear(encode_latent(x, preset), "encoder.dense2", {.h = inner, .w = inner});
  for (std::size_t i = 0; i < preset.up.size(); ++i) x = up(x, encoder_up(i));
  return x;
}

Value decode_logits(Value code, const Preset& preset, Side side) {
  for (std::size_t i = 0; i < preset.decoder.size(); ++i)
    code = up(code, prefix(side) + numbered("up", i));
  return head(code, std::string(prefix(side)) + "out");
}

std::unique_ptr<TrainingGraph> joint_graph(Exec& exec, ParamStore& params, const Preset& preset,
                                           int batch) {
  auto g = std::make_unique<TrainingGraph>(exec, params);
  const Shape faces{2 * batch, preset.size, preset.size, kColours};
  g->face = g->graph.input(faces);
  g->target = g->graph.input(faces, false, DType::F32);
  const Value code = encode(g->face, preset);
  std::vector<Loss> losses;
  const auto half = [&](Value of, int at) { return slice(of, at, batch); };
  const Value code_a = half(code, 0), code_b = half(code, batch);
  g->loss_a = add_losses(preset, Side::A, code_a, half(g->target, 0), losses);
  g->graph.set_stream(1);  // neither decoder fills a GPU
  g->loss_b = add_losses(preset, Side::B, code_b, half(g->target, batch), losses);
  g->graph.plan(losses);
  return g;
}

std::unique_ptr<TrainingGraph> side_graph(Exec& exec, ParamStore& params, const Preset& preset,
                                          int batch, Side side) {
  auto g = std::make_unique<TrainingGraph>(exec, params);
  const Shape faces{batch, preset.size, preset.size, kColours};
  g->face = g->graph.input(faces);
  g->target = g->graph.input(faces, false, DType::F32);
  std::vector<Loss> losses;
  const Value loss = add_losses(preset, side, encode(g->face, preset), g->target, losses);
  (side == Side::A ? g->loss_a : g->loss_b) = loss;
  g->graph.plan(losses);
  return g;
}

std::unique_ptr<DrawingGraph> drawing_graph(Exec& exec, ParamStore& params, const Preset& preset,
                                            int batch, Side side, Mode mode) {
  auto g = std::make_unique<DrawingGraph>(exec, params, mode);
  g->face = g->graph.input({batch, preset.size, preset.size, kColours});
  g->drawn = sigmoid(decode_logits(encode(g->face, preset), preset, side));
  g->graph.plan({g->drawn});
  return g;
}

}  // namespace cameo
