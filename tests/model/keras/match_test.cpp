// SPDX-License-Identifier: MIT
#include "model/keras/match.h"

#include <numeric>

#include <doctest/doctest.h>

#include "base/error.h"
#include "model/net/autoencoder.h"
#include "tests/support/scratch.h"

namespace cameo::test {
namespace {

/// Kernel and bias of a layer.
void add(std::vector<KerasArray>& arrays, std::vector<std::int64_t> kernel,
         const std::string& model = "") {
  const std::string layer = "layer_" + std::to_string(arrays.size() / 2 + 1);
  arrays.push_back({layer, "/" + layer + "/kernel", model, kernel});
  arrays.push_back({layer, "/" + layer + "/bias", model, {kernel.back()}});
}

std::int64_t add_upscales(std::vector<KerasArray>& arrays, std::int64_t channels,
                          const std::vector<int>& widths) {
  for (const int filters : widths) {
    add(arrays, {3, 3, channels, std::int64_t{4} * filters});
    channels = filters;
  }
  return channels;
}

AutoencoderSettings settings_of(const Preset& preset) {
  return autoencoder_settings(preset.network.settings);
}

std::vector<KerasArray> encoder(const AutoencoderSettings& p) {
  std::vector<KerasArray> arrays;
  std::int64_t channels = 3, side = p.size;
  for (const int filters : p.down) {
    add(arrays, {5, 5, channels, filters});
    channels = filters;
    side /= 2;
  }
  add(arrays, {side * side * channels, p.latent});
  add(arrays, {p.latent, std::int64_t{p.size / 16} * (p.size / 16) * p.inner});
  add_upscales(arrays, p.inner, p.up);
  return arrays;
}

std::vector<KerasArray> decoder(const AutoencoderSettings& p) {
  std::vector<KerasArray> arrays;
  const std::int64_t channels = add_upscales(arrays, p.up.back(), p.decoder);
  add(arrays, {5, 5, channels, 3});
  return arrays;
}

KerasPart part(const char* file, const std::vector<KerasArray>& arrays) {
  const std::vector<KerasPart> parts = parts_of(file, KerasFile::Layout::Named, arrays);
  REQUIRE(parts.size() == 1);
  return parts[0];
}

std::string refused(const std::vector<KerasArray>& arrays) {
  return message_of([&] { parts_of("f.h5", KerasFile::Layout::Named, arrays); });
}

}  // namespace

TEST_CASE("each preset is recognised by the shapes of its layers") {
  for (const Preset& known : presets()) {
    if (known.network.kind != kAutoencoder) continue;  // Keras's is no other
    const AutoencoderSettings p = settings_of(known);
    CAPTURE(known.name);
    const KerasPart e = part("e.h5", encoder(p)), d = part("d.h5", decoder(p));
    CHECK(e.kind == KerasPart::Kind::Encoder);
    CHECK(d.kind == KerasPart::Kind::Decoder);
    const KerasMatch found = match(e, d, d);
    CHECK(found.problem.empty());
    CHECK(found.preset.name == known.name);
    const std::size_t decoder_layers = p.decoder.size() + 1;
    CHECK(found.rows.size() == 2 * (p.down.size() + 2 + p.up.size() + 2 * decoder_layers));
  }
}

TEST_CASE("faces of 128 and 256 pixels are recognised too") {
  for (const int size : {128, 256}) {
    const AutoencoderSettings p{.size = size,
                                .down = {8, 16, 24, 32, 40},
                                .latent = 64,
                                .inner = 48,
                                .up = {32},
                                .decoder = {16, 12, 8}};
    const KerasPart d = part("d.h5", decoder(p));
    const KerasMatch found = match(part("e.h5", encoder(p)), d, d);
    CHECK(found.problem.empty());
    CHECK(found.preset.network == autoencoder(p));
  }
}

TEST_CASE("a file that does not say where the dense layers stand is ordered by shape") {
  const AutoencoderSettings p = settings_of(preset("lowmem"));
  const std::vector<KerasArray> first = encoder(p), last = decoder(p);
  // As groups are listed: all convolutions, then all dense layers.
  std::vector<KerasArray> whole;
  std::vector<KerasArray> dense;
  for (const auto* list : {&first, &last})
    for (std::size_t i = 0; i < list->size(); i += 2) {
      auto& to = (*list)[i].shape.size() == 2 ? dense : whole;
      to.push_back((*list)[i]);
      to.push_back((*list)[i + 1]);
    }
  whole.insert(whole.end(), dense.begin(), dense.end());
  const std::vector<KerasPart> parts = parts_of("f.keras", KerasFile::Layout::Numbered, whole);
  REQUIRE(parts.size() == 2);
  const KerasMatch found = match(parts[0], parts[1], parts[1]);
  CHECK(found.problem.empty());
  CHECK(found.preset.name == "lowmem");
}

TEST_CASE("the first layer that does not fit is named with what would fit") {
  const AutoencoderSettings p = settings_of(preset("light"));
  const KerasPart d = part("d.h5", decoder(p));
  std::vector<KerasArray> wrong = encoder(p);
  wrong[4].shape = {5, 5, 60, 128};
  const KerasMatch found = match(part("e.h5", wrong), d, d);
  CHECK(found.problem ==
        "e.h5: layer layer_3 (/layer_3/kernel) has the shape [5,5,60,128] for "
        "encoder.down3.weight, wanted [5,5,64,O] (from the 64 channels of the layer before)");
  CHECK(found.rows[3].status == "ok");
  CHECK(found.rows[4].status == "wanted [5,5,64,O]");
  CHECK(found.rows[6].status == "not looked at");

  AutoencoderSettings other = p;
  other.decoder = {48, 24};
  const KerasMatch unlike = match(part("e.h5", encoder(p)), d, part("b.h5", decoder(other)));
  CHECK(contains(unlike.problem, "b.h5: layer layer_2"));
  CHECK(contains(unlike.problem, "wanted [3,3,48,128]"));
}

TEST_CASE("encoder and decoders have four upscales together") {
  const AutoencoderSettings p = settings_of(preset("light"));
  const KerasPart e = part("e.h5", encoder(p)), d = part("d.h5", decoder(p));
  AutoencoderSettings more = p;
  more.decoder = {64, 48, 32};
  CHECK(match(e, part("a.h5", decoder(more)), d).problem ==
        "a.h5: a decoder of 4 layers, wanted 3: 2 upscales and the convolution to 3 channels");
  more.up = {128, 64, 48, 32};
  CHECK(contains(match(part("e.h5", encoder(more)), d, d).problem, "an encoder of 4 upscales"));
}

TEST_CASE("sizes that no image has are refused") {
  const AutoencoderSettings p = settings_of(preset("light"));
  const KerasPart d = part("d.h5", decoder(p));
  for (const std::int64_t inputs : {1, 255, 256 * 15, 2'000'000'000}) {
    std::vector<KerasArray> wrong = encoder(p);
    wrong[8].shape[0] = inputs;
    CAPTURE(inputs);
    CHECK(contains(match(part("e.h5", wrong), d, d).problem, "encoder.dense1.weight, wanted ["));
  }
  std::vector<KerasArray> deep;
  for (int i = 0; i < 40; ++i) add(deep, {5, 5, 3, 3});
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{3, 4}, {4, 4}, {3, 3, 4, 4}})
    add(deep, shape);
  CHECK(contains(match(part("e.h5", deep), d, d).problem, "halves the image 40 times"));
}

TEST_CASE("layers that make neither encoder nor decoder are refused by name") {
  std::vector<KerasArray> arrays = encoder(settings_of(preset("lowmem")));
  std::vector<KerasArray> cut(arrays.begin(), arrays.end() - 2);
  CHECK(contains(refused(cut), "f.h5: begins as an encoder at layer layer_1"));
  CHECK(contains(refused({arrays.begin() + 2, arrays.begin() + 6}),
                 "layer layer_2 (/layer_2/kernel) has the shape [5,5,128,256] and begins neither"));
  CHECK(contains(refused({arrays.begin(), arrays.begin() + 1}), "no bias [128] follows it"));
  CHECK(contains(refused({arrays.begin() + 1, arrays.begin() + 3}), "where a kernel"));
  std::vector<KerasArray> odd = decoder(settings_of(preset("light")));
  odd[1].shape = {7};
  CHECK(contains(refused(odd), "next, layer layer_1 (/layer_1/bias) has the shape [7]"));
}

TEST_CASE("kernels change their order of axes there and back, and turn by 180 degrees") {
  // One output, 2x3 window, 2 inputs: Keras [H,W,I,O] is then in our order already.
  std::vector<float> kernel(12);
  std::iota(kernel.begin(), kernel.end(), 0.0F);
  CHECK(from_keras(kernel, {1, 2, 3, 2}, false) == kernel);
  CHECK(from_keras(kernel, {1, 2, 3, 2}, true) ==
        std::vector<float>{10, 11, 8, 9, 6, 7, 4, 5, 2, 3, 0, 1});
  // [1,2,2,3]: outputs last in Keras, first here.
  CHECK(from_keras(kernel, {3, 1, 2, 2}, false) ==
        std::vector<float>{0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11});
  for (const Shape shape : {Shape{3, 1, 2, 2}, Shape{2, 3, 1, 2}, Shape{6, 1, 1, 2}})
    CHECK(to_keras(from_keras(kernel, shape, false), shape) == kernel);
}

}  // namespace cameo::test
