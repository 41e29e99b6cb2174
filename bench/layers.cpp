// SPDX-License-Identifier: MIT
#include "bench/layers.h"

namespace cameo::bench {
namespace {

/// The layers of the encoder and of one decoder, recorded and never run.
std::vector<LayerUse> layers_of(const Network& network, Faces faces) {
  Exec exec = Cpu();
  ParamStore params(exec);
  Graph graph(exec, params, Mode::Inference);
  Layers layers(params);
  const Value face = graph.input({faces.encoder, network.size, network.size, kColours});
  const Value features = network.encoder(layers, face, Side::A).features;
  network.decoder(layers, slice(features, 0, faces.decoder), Side::A);
  return layers.used();
}

/// "down1" of the encoder, "decoder up1" of a decoder.
std::string short_name(const Network& network, const std::string& name) {
  const std::string& own = network.prefix(Side::A);
  if (name.starts_with(own)) return "decoder " + name.substr(own.size());
  return name.substr(name.find('.') + 1);
}

}  // namespace

std::vector<ConvLayer> conv_layers(const Network& network, Faces faces) {
  std::vector<ConvLayer> layers;
  for (const LayerUse& layer : layers_of(network, faces)) {
    if (layer.kind != LayerUse::Kind::Conv2d) continue;
    const kernels::Conv2dSpec spec{.x = layer.x,
                                   .w = layer.w,
                                   .y = layer.y,
                                   .stride = layer.conv.stride,
                                   .pad = layer.conv.pad,
                                   .wants_dx = !layers.empty()};
    const bool own = layer.name.starts_with(network.prefix(Side::A));
    layers.push_back({short_name(network, layer.name), spec, own ? faces.decoders : 1});
  }
  return layers;
}

std::vector<DenseLayer> dense_layers(const Network& network, Faces faces) {
  std::vector<DenseLayer> layers;
  for (const LayerUse& layer : layers_of(network, faces)) {
    if (layer.kind != LayerUse::Kind::Dense) continue;
    layers.push_back(
        {short_name(network, layer.name), {.n = layer.x.n, .in = layer.w.c, .out = layer.w.n}});
  }
  return layers;
}

double flops(const kernels::Conv2dSpec& s) {
  return 2.0 * static_cast<double>(s.y.size()) * s.w.h * s.w.w * s.w.c;
}

double flops(const kernels::DenseSpec& s) {
  return 2.0 * s.n * s.in * s.out;
}

double forward_flops(const Network& network, Faces faces) {
  double sum = 0;
  for (const auto& layer : conv_layers(network, faces)) sum += layer.times * flops(layer.spec);
  for (const auto& layer : dense_layers(network, faces)) sum += flops(layer.spec);
  return sum;
}

double step_flops(const Network& network, Faces faces) {
  return 3 * forward_flops(network, faces) - flops(conv_layers(network, faces).front().spec);
}

}  // namespace cameo::bench
