// SPDX-License-Identifier: MIT
#include "model/autoencoder.h"

#include <string>

#include "kernels/check.h"
#include "model/layers.h"

namespace cameo {
namespace {

constexpr int kColours = 3;
constexpr int kInnerShrink = 16;  // the second dense layer fills a map of size / 16

std::string numbered(const char* name, std::size_t i) {
  return name + std::to_string(i + 1);
}

void add_decoder(ParamStore& params, const Preset& preset, Side side) {
  int channels = preset.up;
  for (std::size_t i = 0; i < preset.decoder.size(); ++i) {
    add_layer(params, prefix(side) + numbered("up", i), 3, channels, 4 * preset.decoder[i],
              preset.init);
    channels = preset.decoder[i];
  }
  add_layer(params, std::string(prefix(side)) + "out", 5, channels, kColours, preset.init);
}

Value loss_of(const Preset& preset, Side side, Value code, Value target) {
  return sigmoid_mae(decode_logits(code, preset, side), target);
}

}  // namespace

const char* prefix(Side side) {
  return side == Side::A ? "decoder_a." : "decoder_b.";
}

void add_parameters(ParamStore& params, const Preset& preset) {
  check(preset.size % kInnerShrink == 0 && preset.decoder.size() == 3, "preset ", preset.name,
        ": a size of ", preset.size, " and ", preset.decoder.size(),
        " decoder steps do not fit: the size must divide by 16 and three steps lead back to it");
  int channels = kColours, side = preset.size;
  for (std::size_t i = 0; i < preset.down.size(); ++i) {
    add_layer(params, "encoder." + numbered("down", i), 5, channels, preset.down[i], preset.init);
    channels = preset.down[i];
    side /= 2;
  }
  const int inner = preset.size / kInnerShrink;
  add_layer(params, "encoder.dense1", 1, side * side * channels, preset.code, preset.init);
  add_layer(params, "encoder.dense2", 1, preset.code, inner * inner * preset.inner, preset.init);
  add_layer(params, "encoder.up", 3, preset.inner, 4 * preset.up, preset.init);
  add_decoder(params, preset, Side::A);
  add_decoder(params, preset, Side::B);
}

Value encode(Value x, const Preset& preset) {
  for (std::size_t i = 0; i < preset.down.size(); ++i)
    x = down(x, "encoder." + numbered("down", i));
  const int inner = preset.size / kInnerShrink;
  x = linear(x, "encoder.dense1");
  x = linear(x, "encoder.dense2", {.h = inner, .w = inner});
  return up(x, "encoder.up");
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
  g->loss_a = loss_of(preset, Side::A, slice(code, 0, batch), slice(g->target, 0, batch));
  g->loss_b = loss_of(preset, Side::B, slice(code, batch, batch), slice(g->target, batch, batch));
  g->graph.plan({g->loss_a, g->loss_b});
  return g;
}

std::unique_ptr<TrainingGraph> side_graph(Exec& exec, ParamStore& params, const Preset& preset,
                                          int batch, Side side) {
  auto g = std::make_unique<TrainingGraph>(exec, params);
  const Shape faces{batch, preset.size, preset.size, kColours};
  g->face = g->graph.input(faces);
  g->target = g->graph.input(faces, false, DType::F32);
  const Value loss = loss_of(preset, side, encode(g->face, preset), g->target);
  (side == Side::A ? g->loss_a : g->loss_b) = loss;
  g->graph.plan({loss});
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
