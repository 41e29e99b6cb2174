// SPDX-License-Identifier: MIT
#include "model/keras/match.h"

#include <algorithm>
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

constexpr std::int64_t kAny = -1;

/// "[5,5,3,O]": the last extent is the layer's own choice.
std::string wanted_text(std::span<const std::int64_t> wanted) {
  std::string text = text_of(wanted);
  if (const auto any = text.find("-1"); any != std::string::npos) text.replace(any, 2, "O");
  return text;
}

/// Follows one part's layers; the first that does not fit is the problem, later ones are listed.
class Follower {
 public:
  explicit Follower(KerasMatch& match) : match_(match) {}

  void begin(int part, const KerasPart& of) {
    part_ = part;
    of_ = &of;
    next_ = 0;
  }

  /// The next layer's outputs, if its kernel has the wanted shape. kAny fits every extent;
  /// multiple: of what the outputs must be one. why: where the wanted shape comes from.
  std::int64_t take(const std::string& tensor, const std::vector<std::int64_t>& wanted,
                    const std::string& why, int multiple = 1) {
    const KerasLayer& layer = of_->layers[next_++];
    const auto& shape = layer.kernel.shape;
    std::string status = "ok";
    if (!match_.problem.empty()) {
      status = "not looked at";
    } else if (!std::equal(shape.begin(), shape.end(), wanted.begin(), wanted.end(),
                           [](auto is, auto want) { return want == kAny || is == want; }) ||
               shape.back() % multiple != 0) {
      status = "wanted " + wanted_text(wanted);
      if (multiple > 1) status += ", O a multiple of " + std::to_string(multiple);
      match_.problem = of_->file + ": " + described(layer.kernel) + " for " + tensor + ".weight, " +
                       status + " (" + why + ")";
    }
    match_.rows.push_back({part_, layer.kernel, tensor + ".weight", status});
    match_.rows.push_back({part_, layer.bias, tensor + ".bias", status});
    return shape.back();
  }

  const KerasLayer& next() const { return of_->layers[next_]; }

 private:
  KerasMatch& match_;
  int part_ = 0;
  const KerasPart* of_ = nullptr;
  std::size_t next_ = 0;
};

constexpr std::int64_t kMaxSide = 1024;
constexpr std::size_t kMaxDowns = 6;

/// How often an encoder halves the image: its convolutions before the dense layers.
std::size_t downs_of(const KerasPart& encoder) {
  const auto dense = std::find_if(encoder.layers.begin(), encoder.layers.end(), is_dense);
  return static_cast<std::size_t>(dense - encoder.layers.begin());
}

void follow_encoder(const KerasPart& part, Follower& follow, AutoencoderSettings& settings) {
  follow.begin(0, part);
  std::int64_t channels = kColours;
  const std::size_t downs = downs_of(part);
  std::string why = "from 3 colours";
  for (std::size_t i = 0; i < downs; ++i) {
    channels = follow.take(AutoencoderNames::down(i), {kDown, kDown, channels, kAny}, why);
    why = "from the " + std::to_string(channels) + " channels of the layer before";
    settings.down.push_back(static_cast<int>(channels));
  }
  const std::int64_t flat = follow.next().kernel.shape[0];
  // An image's side divides by 16; so does the map's, as far as it was not halved already.
  const std::int64_t step = std::max<std::int64_t>(1, kInnerShrink >> downs);
  const double side_wanted = std::sqrt(static_cast<double>(flat) / static_cast<double>(channels));
  const std::int64_t side =
      std::clamp<std::int64_t>(std::lround(side_wanted / static_cast<double>(step)), 1,
                               (kMaxSide >> downs) / step) *
      step;
  settings.size = static_cast<int>(side << downs);
  settings.latent = static_cast<int>(
      follow.take(AutoencoderNames::dense1(), {side * side * channels, kAny},
                  "a square map of " + std::to_string(channels) +
                      " channels, flattened, of an image whose side divides by 16; nearest: " +
                      std::to_string(settings.size)));
  const std::int64_t map = settings.size / kInnerShrink;
  const auto& first_up = part.layers[downs + 2].kernel.shape;
  settings.inner = first_up.size() == 4 ? static_cast<int>(first_up[2]) : 0;
  follow.take(AutoencoderNames::dense2(), {settings.latent, map * map * settings.inner},
              "from the latent to a map of " + std::to_string(map) + "x" + std::to_string(map) +
                  " for the convolution behind it");
  settings.up.clear();
  channels = settings.inner;
  why = "an upscale from the dense layer's map";
  for (std::size_t i = downs + 2; i < part.layers.size(); ++i) {
    channels =
        follow.take(AutoencoderNames::up(i - downs - 2), {kUp, kUp, channels, kAny}, why, 4) / 4;
    why = "from the " + std::to_string(channels) + " channels of the upscale before";
    settings.up.push_back(static_cast<int>(channels));
  }
}

void follow_decoder(int index, const KerasPart& part, Follower& follow,
                    AutoencoderSettings& settings) {
  follow.begin(index, part);
  const Side side = index == 1 ? Side::A : Side::B;
  std::int64_t channels = settings.up.back();
  std::string why = "from the encoder's " + std::to_string(channels) + " channels";
  for (std::size_t i = 0; i + 1 < part.layers.size(); ++i) {
    const bool known = i < settings.decoder.size();
    const std::int64_t outputs = known ? std::int64_t{4} * settings.decoder[i] : kAny;
    channels = follow.take(AutoencoderNames::decoder_up(side, i), {kUp, kUp, channels, outputs},
                           known ? why + ", as wide as decoder A" : why, 4) /
               4;
    why = "from the " + std::to_string(channels) + " channels of the upscale before";
    if (!known) settings.decoder.push_back(static_cast<int>(channels));
  }
  follow.take(AutoencoderNames::decoder_out(side), {kDown, kDown, channels, kColours}, why);
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
  AutoencoderSettings settings;
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
  Follower follow(match);
  follow_encoder(encoder, follow, settings);
  follow_decoder(1, decoder_a, follow, settings);
  follow_decoder(2, decoder_b, follow, settings);
  if (match.problem.empty()) match.preset = recognised(settings);
  return match;
}

std::vector<float> from_keras(std::span<const float> kernel, Shape ours, bool turned) {
  const auto outputs = static_cast<std::size_t>(ours.n);
  const std::size_t inputs = kernel.size() / outputs;
  const std::size_t channels = static_cast<std::size_t>(ours.c), window = inputs / channels;
  std::vector<float> weight(kernel.size());
  for (std::size_t at = 0; at < window; ++at) {
    const std::size_t from = turned ? window - 1 - at : at;
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
