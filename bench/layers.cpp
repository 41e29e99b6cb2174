// SPDX-License-Identifier: MIT
#include "bench/layers.h"

namespace cameo::bench {
namespace {

constexpr int kColours = 3;

/// A square "same" convolution, k x k, of a map `side` x `side`.
kernels::Conv2dSpec square(int n, int side, int in, int out, int k, int stride = 1) {
  const int to = (side + stride - 1) / stride;
  return {.x = {n, side, side, in},
          .w = {out, k, k, in},
          .y = {n, to, to, out},
          .stride = stride,
          .pad = Pad::same(side, k, stride)};
}

}  // namespace

std::vector<ConvLayer> conv_layers(const Preset& preset, Faces faces) {
  std::vector<ConvLayer> layers;
  int side = preset.size, channels = kColours;
  for (const int filters : preset.down) {
    layers.push_back({"down" + std::to_string(layers.size() + 1),
                      square(faces.encoder, side, channels, filters, 5, 2)});
    channels = filters;
    side /= 2;
  }
  layers.front().spec.wants_dx = false;
  side = preset.size / kInnerShrink;
  channels = preset.inner;
  const auto add_up = [&](const std::string& name, int n, int filters, int times) {
    layers.push_back({name, square(n, side, channels, 4 * filters, 3), times});
    channels = filters;
    side *= 2;
  };
  int step = 0;
  for (const int filters : preset.up) {
    const std::string name = ++step == 1 ? "up" : "up" + std::to_string(step);
    add_up(name, faces.encoder, filters, 1);
  }
  step = 0;
  for (const int filters : preset.decoder)
    add_up("decoder up" + std::to_string(++step), faces.decoder, filters, faces.decoders);
  layers.push_back(
      {"decoder out", square(faces.decoder, preset.size, channels, kColours, 5), faces.decoders});
  return layers;
}

std::vector<DenseLayer> dense_layers(const Preset& preset, Faces faces) {
  const int side = preset.size >> preset.down.size(), inner = preset.size / kInnerShrink;
  const int flat = side * side * preset.down.back();
  return {{"dense1", {.n = faces.encoder, .in = flat, .out = preset.code}},
          {"dense2", {.n = faces.encoder, .in = preset.code, .out = inner * inner * preset.inner}}};
}

double flops(const kernels::Conv2dSpec& s) {
  return 2.0 * static_cast<double>(s.y.size()) * s.w.h * s.w.w * s.w.c;
}

double flops(const kernels::DenseSpec& s) {
  return 2.0 * s.n * s.in * s.out;
}

double forward_flops(const Preset& preset, Faces faces) {
  double sum = 0;
  for (const auto& layer : conv_layers(preset, faces)) sum += layer.times * flops(layer.spec);
  for (const auto& layer : dense_layers(preset, faces)) sum += flops(layer.spec);
  return sum;
}

double step_flops(const Preset& preset, Faces faces) {
  return 3 * forward_flops(preset, faces) - flops(conv_layers(preset, faces).front().spec);
}

}  // namespace cameo::bench
