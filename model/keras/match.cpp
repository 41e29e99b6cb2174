// SPDX-License-Identifier: MIT
#include "model/keras/match.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "model/net/autoencoder.h"

namespace cameo {
namespace {

constexpr int kDown = 5, kUp = 3;  // sides of the kernels
constexpr const char* kWantedNetwork =
    "; wanted: an encoder (5x5 convolutions from 3 channels, two dense layers, 3x3 convolutions) "
    "or a decoder (3x3 convolutions, then 5x5 to 3 channels)";

bool is_dense(const KerasLayer& layer) {
  return layer.kernel.shape.size() == 2;
}

bool has_side(const KerasLayer& layer, int side) {
  const auto& shape = layer.kernel.shape;
  return shape.size() == 4 && shape[0] == side && shape[1] == side;
}

bool begins_encoder(const KerasLayer& layer) {
  return has_side(layer, kDown) && layer.kernel.shape[2] == kColours;
}

bool ends_decoder(const KerasLayer& layer) {
  return has_side(layer, kDown) && layer.kernel.shape[3] == kColours;
}

std::string described(const KerasArray& array) {
  return "layer " + array.layer + " (" + array.dataset + ") has the shape " + text_of(array.shape);
}

std::vector<KerasLayer> paired(const std::string& file, std::span<const KerasArray> arrays) {
  std::vector<KerasLayer> layers;
  for (std::size_t i = 0; i < arrays.size(); i += 2) {
    const KerasArray& kernel = arrays[i];
    check(kernel.shape.size() == 4 || kernel.shape.size() == 2, ErrorCode::Format, file, ": ",
          described(kernel), ", where a kernel [H,W,I,O] or [I,O] is wanted", kWantedNetwork);
    check(i + 1 < arrays.size() && arrays[i + 1].shape == std::vector{kernel.shape.back()},
          ErrorCode::Format, file, ": ", described(kernel), ", but no bias [", kernel.shape.back(),
          "] follows it",
          i + 1 < arrays.size() ? "; next, " + described(arrays[i + 1]) : std::string());
    layers.push_back({kernel, arrays[i + 1]});
  }
  return layers;
}

/// Puts the dense layers behind the first run of 5x5 convolutions, where an encoder has them.
void order_by_shape(std::vector<KerasLayer>& layers) {
  const auto convolutions = std::stable_partition(
      layers.begin(), layers.end(), [](const KerasLayer& layer) { return !is_dense(layer); });
  const auto place = std::find_if_not(
      layers.begin(), convolutions, [](const KerasLayer& layer) { return has_side(layer, kDown); });
  std::rotate(place, convolutions, layers.end());
}

/// Moves the layers of the part that begins at `at` to a part of its own.
KerasPart next_part(const std::string& file, const std::vector<KerasLayer>& layers,
                    std::size_t& at) {
  const std::size_t begin = at;
  const KerasLayer& first = layers[begin];
  KerasPart part{.file = file};
  if (begins_encoder(first)) {
    while (at < layers.size() && !is_dense(layers[at])) ++at;
    const bool fits =
        at + 2 < layers.size() && is_dense(layers[at + 1]) && !is_dense(layers[at + 2]);
    check(fits, ErrorCode::Format, file, ": begins as an encoder at layer ", first.kernel.layer,
          " but after ", at - begin, " convolutions come not two dense layers and a convolution",
          kWantedNetwork);
    at += 3;
    // More 3x3 convolutions are the encoder's where no decoder's end follows them.
    std::size_t end = at;
    while (end < layers.size() && has_side(layers[end], kUp)) ++end;
    if (end == layers.size()) at = end;
  } else {
    part.kind = KerasPart::Kind::Decoder;
    while (at < layers.size() && !is_dense(layers[at]) && !ends_decoder(layers[at])) ++at;
    check(at < layers.size() && ends_decoder(layers[at]), ErrorCode::Format, file, ": ",
          described(first.kernel), " and begins neither an encoder nor a decoder", kWantedNetwork);
    ++at;
  }
  part.layers.assign(layers.begin() + static_cast<std::ptrdiff_t>(begin),
                     layers.begin() + static_cast<std::ptrdiff_t>(at));
  return part;
}

constexpr std::int64_t kMaxSide = 1024;
constexpr std::size_t kMaxDowns = 6;

/// How often an encoder halves the image: its convolutions before the dense layers.
std::size_t downs_of(const KerasPart& encoder) {
  const auto dense = std::find_if(encoder.layers.begin(), encoder.layers.end(), is_dense);
  return static_cast<std::size_t>(dense - encoder.layers.begin());
}

int outputs_of(const KerasLayer& layer) {
  return static_cast<int>(layer.kernel.shape.back());
}

/// Channels behind an upscale; wrong, but possible, where its outputs make none.
int upscaled(const KerasLayer& layer) {
  return std::max(1, outputs_of(layer) / 4);
}

/// The side of the image whose map of `channels`, halved `downs` times, comes nearest to `flat`
/// elements. It divides by kInnerShrink; so does the map's, as far as it was not halved already.
int nearest_size(std::int64_t flat, int channels, std::size_t downs) {
  const std::int64_t step = std::max<std::int64_t>(1, kInnerShrink >> downs);
  const double side = std::sqrt(static_cast<double>(flat) / channels);
  const std::int64_t steps = std::clamp<std::int64_t>(std::lround(side / static_cast<double>(step)),
                                                      1, (kMaxSide >> downs) / step);
  return static_cast<int>((steps * step) << downs);
}

/// Each size from the layer that has it in its own choice; whether the others follow is to be seen.
AutoencoderSettings settings_of(const KerasPart& encoder, const KerasPart& decoder) {
  const std::size_t downs = downs_of(encoder);
  const std::vector<KerasLayer>& layers = encoder.layers;
  AutoencoderSettings settings{.latent = outputs_of(layers[downs]), .up = {}};
  for (std::size_t i = 0; i < downs; ++i) settings.down.push_back(outputs_of(layers[i]));
  settings.size = nearest_size(layers[downs].kernel.shape[0], settings.down.back(), downs);
  const auto& first_up = layers[downs + 2].kernel.shape;
  settings.inner = first_up.size() == 4 ? static_cast<int>(first_up[2]) : 1;
  for (std::size_t i = downs + 2; i < layers.size(); ++i)
    settings.up.push_back(upscaled(layers[i]));
  for (std::size_t i = 0; i + 1 < decoder.layers.size(); ++i)
    settings.decoder.push_back(upscaled(decoder.layers[i]));
  return settings;
}

/// "[5,5,64,O]": outputs that are the layer's own choice go by a letter.
std::string wanted_text(const std::vector<std::int64_t>& wanted, const KerasArray& kernel) {
  std::string text = text_of(wanted);
  const bool odd = wanted[0] == kUp && kernel.shape.back() % 4 != 0;  // an upscale makes 4 of it
  if (odd || wanted.back() == kernel.shape.back())
    text.replace(text.rfind(',') + 1, std::string::npos, "O]");
  return odd ? text + ", O a multiple of 4" : text;
}

/// Lays the layers of all parts beside the network's parameters, which are in the same order. The
/// first that does not fit is the problem, later ones are listed.
void lay_beside(const Network& network, const std::array<const KerasPart*, 3>& parts,
                KerasMatch& match) {
  Exec exec = Cpu();
  ParamStore params(exec);
  network.declare(params);
  auto param = params.table().begin();
  for (int part = 0; part < 3; ++part) {
    const KerasPart& of = *parts[static_cast<std::size_t>(part)];
    for (const KerasLayer& layer : of.layers) {
      const std::vector<std::int64_t> wanted = keras_shape(param->shape);
      std::string status = match.problem.empty() ? "ok" : "not looked at";
      if (match.problem.empty() && wanted != layer.kernel.shape) {
        status = "wanted " + wanted_text(wanted, layer.kernel);
        match.problem = of.file + ": " + described(layer.kernel) + " for " + param->name + ", " +
                        status + " (from ";
        match.problem += wanted.size() == 4
                             ? "the " + std::to_string(wanted[2]) + " channels of the layer before)"
                             : "an image whose side divides by " + std::to_string(kInnerShrink) +
                                   "; nearest: " + std::to_string(network.size) + ")";
      }
      for (const KerasArray* array : {&layer.kernel, &layer.bias})
        match.rows.push_back({part, *array, (param++)->name, status});
    }
  }
}

/// The preset of these layers. How much of a face it renders is not in the weights: as the preset
/// says.
Preset recognised(AutoencoderSettings settings) {
  for (const Preset& known : presets()) {
    settings.coverage = known.network.coverage;
    if (autoencoder(settings) == known.network) return known;
  }
  settings.coverage = AutoencoderSettings{}.coverage;
  return preset_of(autoencoder(settings));
}

}  // namespace

const char* name_of(KerasPart::Kind kind) {
  return kind == KerasPart::Kind::Encoder ? "an encoder" : "a decoder";
}

std::vector<KerasPart> parts_of(const std::string& file, KerasFile::Layout layout,
                                const std::vector<KerasArray>& arrays) {
  std::vector<KerasPart> parts;
  for (std::size_t begin = 0; begin < arrays.size();) {
    std::size_t end = begin;
    while (end < arrays.size() && arrays[end].model == arrays[begin].model) ++end;
    std::vector<KerasLayer> layers = paired(file, std::span(arrays).subspan(begin, end - begin));
    if (layout == KerasFile::Layout::Numbered) order_by_shape(layers);
    for (std::size_t at = 0; at < layers.size();) parts.push_back(next_part(file, layers, at));
    begin = end;
  }
  return parts;
}

KerasMatch match(const KerasPart& encoder, const KerasPart& decoder_a, const KerasPart& decoder_b) {
  KerasMatch match;
  const std::size_t downs = downs_of(encoder), ups = encoder.layers.size() - downs - 2;
  if (downs > kMaxDowns)
    match.problem = encoder.file + ": an encoder that halves the image " + std::to_string(downs) +
                    " times, wanted at most " + std::to_string(kMaxDowns);
  if (ups >= kUpscales)
    match.problem = encoder.file + ": an encoder of " + std::to_string(ups) +
                    " upscales, wanted fewer than " + std::to_string(kUpscales);
  for (const KerasPart* part : {&decoder_a, &decoder_b}) {
    if (!match.problem.empty() || part->layers.size() == kUpscales - ups + 1) continue;
    match.problem = part->file + ": a decoder of " + std::to_string(part->layers.size()) +
                    " layers, wanted " + std::to_string(kUpscales - ups + 1) + ": " +
                    std::to_string(kUpscales - ups) + " upscales and the convolution to 3 channels";
  }
  if (!match.problem.empty()) return match;
  const AutoencoderSettings settings = settings_of(encoder, decoder_a);
  lay_beside(autoencoder(settings), {&encoder, &decoder_a, &decoder_b}, match);
  if (match.problem.empty()) match.preset = recognised(settings);
  return match;
}

std::vector<std::int64_t> keras_shape(const Shape& s) {
  if (s.h == 1 && s.w == 1) return {s.c, s.n};
  return {s.h, s.w, s.c, s.n};
}

std::vector<float> from_keras(std::span<const float> kernel, Shape ours, bool flipped) {
  const auto outputs = static_cast<std::size_t>(ours.n);
  const std::size_t inputs = kernel.size() / outputs;
  const std::size_t channels = static_cast<std::size_t>(ours.c), window = inputs / channels;
  std::vector<float> weight(kernel.size());
  for (std::size_t at = 0; at < window; ++at) {
    const std::size_t from = flipped ? window - 1 - at : at;
    for (std::size_t c = 0; c < channels; ++c) {
      const float* row = kernel.data() + (from * channels + c) * outputs;
      for (std::size_t o = 0; o < outputs; ++o) weight[o * inputs + at * channels + c] = row[o];
    }
  }
  return weight;
}

std::vector<float> to_keras(std::span<const float> weight, Shape ours) {
  const auto outputs = static_cast<std::size_t>(ours.n);
  const std::size_t inputs = weight.size() / outputs;
  std::vector<float> kernel(weight.size());
  for (std::size_t i = 0; i < inputs; ++i)
    for (std::size_t o = 0; o < outputs; ++o) kernel[i * outputs + o] = weight[o * inputs + i];
  return kernel;
}

}  // namespace cameo
