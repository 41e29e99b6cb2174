// SPDX-License-Identifier: MIT
#include "model/file/model_file.h"

#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "model/net/presets.h"
#include "tests/model/drawn_faces.h"
#include "tests/support/scratch.h"

namespace cameo::test {
namespace {

/// A saved network of initial weights, and copies of its file under other metadata.
struct Saved {
  Scratch scratch;
  Exec exec{Cpu{}};
  ParamStore params{exec};
  Network network = tiny_preset().network;

  Saved() {
    network.declare(params);
    params.allocate(/*with_gradients=*/false);
    params.initialize(5);
    for (int row = 0; row < static_cast<int>(params.table().size()); ++row) {
      std::vector<float> numbers = params.read(row);
      for (float& x : numbers) x += 0.25F;  // biases are 0 at first, as is what was never read
      params.write(row, numbers.data());
    }
  }
  std::filesystem::path with(const Metadata& metadata) const {
    std::filesystem::path file = scratch / kModelFile;
    write_safetensors(file, ModelTensors(file, params).list(), metadata);
    return file;
  }
};

}  // namespace

TEST_CASE("a file that names no kind of network is of the article's, with the bits it holds") {
  const Saved saved;
  const auto file =
      saved.with({{"preset", "tiny"}, {"sizes", saved.network.settings}, {"version", "0.1.0"}});
  CHECK(read_model_info(file).network == saved.network);
  Exec exec = Cpu();
  ParamStore loaded(exec);
  load_network(SafetensorsFile(file), loaded);
  REQUIRE(loaded.table().size() == saved.params.table().size());
  for (int row = 0; row < static_cast<int>(loaded.table().size()); ++row)
    CHECK((loaded.read(row) == saved.params.read(row)));
}

TEST_CASE("a saved file names the kind of its network and its settings") {
  const Saved saved;
  const auto file = saved.with(network_metadata("tiny", saved.network));
  CHECK(SafetensorsFile(file).metadata().at("network") == "autoencoder");
  CHECK(read_model_info(file).network == saved.network);
  CHECK(read_model_info(file).parameters == saved.params.parameters());
}

TEST_CASE("a network that is not known, and tensors that are not there, are named") {
  const Saved saved;
  Metadata metadata = network_metadata("tiny", saved.network);
  const auto message = [&] {
    const auto file = saved.with(metadata);
    return message_of([&] { read_model_info(file); });
  };
  metadata["network"] = "none";
  CHECK(contains(message(),
                 "model.safetensors: network: none is called none; there are autoencoder, df"));
  metadata["network"] = "df";
  metadata["sizes"] = "size=16 down=8,8 latent=16 inner=16 up=8 decoder=8,8";
  CHECK(contains(message(), "has no tensor \"inter.dense1.weight\""));
  CHECK(contains(message_of([&] {
                   read_model_info(saved.with({{"format", "cameo"}}));
                 }),
                 "not a Cameo model"));
}

TEST_CASE("a file that names a preset alone is of the preset's network, if its tensors are there") {
  const Saved saved;
  const auto file = saved.with({{"preset", "light"}, {"version", "0.1.0"}});
  CHECK(contains(message_of([&] { read_model_info(file); }),
                 "(" + preset("light").network.settings + ") has no tensor"));
}

TEST_CASE("weights that are not finite are refused by their tensor's name") {
  const Saved saved;
  const auto file = saved.with(network_metadata("custom", saved.network));
  std::vector<unsigned char> bytes = read_bytes(file);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(bytes.data() + bytes.size() - sizeof nan, &nan, sizeof nan);
  write_bytes(file, bytes);
  Exec exec{Cpu{}};
  ParamStore loaded(exec);
  const std::string message = message_of([&] { load_network(SafetensorsFile(file), loaded); });
  CHECK(contains(message, kModelFile));
  CHECK(contains(message, "holds a number that is not finite: the file is damaged"));
}

TEST_CASE("damaged latent statistics are refused") {
  const Scratch scratch;
  const std::filesystem::path file = scratch / "model.safetensors";
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto load = [&](const LatentSummary& latents) {
    ModelTensors tensors;
    tensors.add_latents("a", latents);
    write_safetensors(file, tensors.list(), {});
    return message_of([&] {
      load_latent_stats(SafetensorsFile(file), "a");
      load_latent_range(SafetensorsFile(file), "a");
    });
  };
  CHECK(load({{{1, -2}, {0, 3}}, {}}).empty());
  CHECK(contains(load({{{nan, 0}, {1, 1}}, {}}), "\"code.mean_a\" are damaged"));
  CHECK(contains(load({{{0, 0}, {1, -1}}, {}}), "\"code.deviation_a\" are damaged"));
  CHECK(load({{}, {{1, 0, 0, 1}, {0, 1}, {2, 1}}}).empty());
  CHECK(contains(load({{}, {{1, nan, 0, 1}, {0, 1}, {2, 1}}}), "\"code.axes_a\" are damaged"));
  CHECK(contains(load({{}, {{1, 0, 0, 1}, {0, 1}, {2, 0}}}), "\"code.low_a\" are damaged"));
}

}  // namespace cameo::test
