// SPDX-License-Identifier: MIT
#include <algorithm>
#include <fstream>

#include <doctest/doctest.h>

#include "model/file/model_file.h"
#include "model/infer/predict.h"
#include "model/infer/swapper.h"
#include "model/net/autoencoder.h"
#include "model/net/presets.h"
#include "tests/model/keras/keras_files.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIo = CAMEO_GOLDEN "/keras/io.safetensors";
// Keras sums in another order; measured 2e-7.
constexpr double kTolerance = 1e-4;

void check_close(const std::vector<float>& ours, const std::vector<float>& theirs) {
  REQUIRE(ours.size() == theirs.size());
  CHECK(largest_difference(ours, theirs) <= kTolerance);
}

/// Checks that a model draws what Keras drew; swapped: with the other decoder.
void check_drawn(const fs::path& model, bool swapped = false) {
  Exec exec = Cpu();
  const Scratch scratch;
  const fs::path out = scratch / "out.safetensors";
  CHECK(predict(exec, model, kIo, out) == 1);
  check_close(floats(out, "z"), floats(kIo, "z"));
  check_close(floats(out, "y_a"), floats(kIo, swapped ? "y_b" : "y_a"));
  check_close(floats(out, "y_b"), floats(kIo, swapped ? "y_a" : "y_b"));
}

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Imports and compares; returns who wrote the first file.
std::string check_import(const KerasSources& sources) {
  const Scratch scratch;
  const KerasImport keras(sources, {});
  CHECK(keras.match().problem.empty());
  CHECK(keras.match().preset.network.settings ==
        "size=32 down=2,3,4,5 code=7 inner=4 up=6 decoder=4,3,2");
  keras.save(scratch / kModelFile);
  check_drawn(scratch.path());
  return keras.files()[0].writer();
}

}  // namespace

TEST_CASE("three files of Keras 2.1.2 draw as Keras does") {
  const ThreeFiles files;
  CHECK(check_import(find_keras(files.path())) == "Keras 2.1.2, tensorflow");
}

TEST_CASE("files of one model with two decoders inside draw as Keras does") {
  for (const char* name : {"keras_2.12.0/nested.weights.h5", "keras_3.15.0/nested.keras",
                           "tf_keras_2.21.0/whole.h5"}) {
    CAPTURE(name);
    const KerasFiles files{name};
    check_import(find_keras(files / fs::path(name).filename().string()));
  }
}

TEST_CASE("files of one autoencoder draw as Keras does, with the other decoder from its own file") {
  for (const char* name : {"keras_2.1.2/nested.h5", "keras_2.1.2/whole.h5", "keras_2.12.0/flat.h5",
                           "keras_3.0.5/whole.h5", "keras_3.15.0/flat.weights.h5",
                           "keras_3.15.0/whole.h5", "tf_keras_2.21.0/flat.weights.h5"}) {
    CAPTURE(name);
    const KerasFiles files{name, "keras_2.1.2/decoder_B.h5"};
    check_import(find_keras(files / fs::path(name).filename().string(),
                            {.decoder_b = files / "decoder_B.h5"}));
  }
}

TEST_CASE("parts may come from different versions of Keras") {
  const KerasFiles newer{"keras_3.0.5/encoder.weights.h5", "keras_3.0.5/decoder_B.keras",
                         "tf_keras_2.21.0/decoder_A.h5"};
  check_import(find_keras(newer.path()));
  const KerasFiles older{"tf_keras_2.21.0/encoder.h5", "keras_2.1.2/decoder_A.h5",
                         "keras_2.1.2/decoder_B.h5"};
  CHECK(check_import(find_keras(older.path())) == "Keras 2.21.0, tensorflow");
}

TEST_CASE("the table names layer, dataset, shape and tensor of each array in order") {
  const ThreeFiles files;
  const KerasImport keras(find_keras(files.path()), {});
  const std::vector<KerasRow>& rows = keras.match().rows;
  REQUIRE(rows.size() == 30);
  CHECK(rows[8].array.layer == "dense_1");
  CHECK(rows[8].array.dataset == "/dense_1/dense_1/kernel:0");
  CHECK(text_of(rows[8].array.shape) == "[20,7]");
  CHECK(rows[8].tensor == "encoder.dense1.weight");
  CHECK(rows[29].array.dataset == "/conv2d_13/conv2d_13/bias:0");
  CHECK(rows[29].tensor == "decoder_b.out.bias");
  for (const KerasRow& row : rows) CHECK(row.status == "ok");
}

TEST_CASE("swapped decoders draw each other's faces") {
  const ThreeFiles files;
  const Scratch scratch;
  KerasImport(find_keras(files.path()), {.swap_decoders = true}).save(scratch / kModelFile);
  check_drawn(scratch.path(), /*swapped=*/true);
}

TEST_CASE("what was exported comes back bit for bit") {
  const ThreeFiles files;
  const Scratch first, exported, second;
  KerasImport(find_keras(files.path()), {}).save(first / kModelFile);
  for (const KerasFormat format : {KerasFormat::H5, KerasFormat::V3}) {
    const bool h5 = format == KerasFormat::H5;
    const fs::path folder = exported / (h5 ? "h5" : "v3");
    const std::vector<fs::path> written = export_keras(first.path(), folder, format);
    REQUIRE(written.size() == 3);
    CHECK(written[1].filename() == (h5 ? "decoder_A.h5" : "decoder_A.weights.h5"));
    KerasImport(find_keras(folder), {}).save(second / kModelFile);
    CHECK(bytes_of(second / kModelFile) == bytes_of(first / kModelFile));
    const std::string before = bytes_of(written[0]);
    export_keras(first.path(), folder, format);
    CHECK(bytes_of(written[0]) == before);
  }
}

TEST_CASE("exported files keep hashes of consent notes, and come back with them") {
  const ThreeFiles files;
  const Scratch first, exported, second;
  KerasImport(find_keras(files.path()), {}).save(first / kModelFile);
  for (const KerasFormat format : {KerasFormat::H5, KerasFormat::V3}) {
    const fs::path folder = exported / (format == KerasFormat::H5 ? "h5" : "v3");
    for (const fs::path& file : export_keras(first.path(), folder, format, {"12ab34", "cd"})) {
      CHECK(bytes_of(file).find("cameo_consent_sha256") != std::string::npos);
      CHECK(bytes_of(file).find("12ab34") != std::string::npos);
    }
    KerasImport(find_keras(folder), {}).save(second / kModelFile);
    CHECK(bytes_of(second / kModelFile) == bytes_of(first / kModelFile));
  }
}

TEST_CASE("a model of its own width opens again, and known widths are known by name") {
  const ThreeFiles files;
  const Scratch scratch;
  KerasImport(find_keras(files.path()), {}).save(scratch / kModelFile);
  const ModelInfo info = read_model_info(scratch / kModelFile);
  CHECK(info.preset == "custom");
  CHECK(info.mode.empty());
  CHECK(autoencoder_settings(info.network.settings).decoder == std::vector{4, 3, 2});
  CHECK(open_swapper(scratch.path())->size() == 32);
  for (const Preset& known : presets())
    CHECK(preset_of(network(known.network.kind, known.network.settings)).name == known.name);
}

TEST_CASE("sizes that make no network are refused") {
  const std::vector<std::string> all{
      "",
      "size=64",
      "size=64 down=1,2 code=x inner=1 up=1 decoder=1,1,1",
      "size=60 down=1,2 code=1 inner=1 up=1 decoder=1,1,1",
      "size=64 down=1,2 code=1 inner=1 up=1 decoder=1,1",
      "size=64 down=1,2 code=1 inner=1 up=1,1,1,1 decoder=",
      "size=64 down=1,2 code=1 inner=1 up=1,1 decoder=1,1,1",
      "size=64 down=1,2 code=-4 inner=1 up=1 decoder=1,1,1",
      "size=64 down= code=1 inner=1 up=1 decoder=1,1,1",
      "size=64 down=1,1,1,1,1,1,1,1 code=1 inner=1 up=1 decoder=1,1,1",
      "size=999999999999 down=1 code=1 inner=1 up=1 decoder=1,1,1",
      "size=1024 down=1048576 code=1 inner=1 up=1 decoder=1,1,1",
      "size=1024 down=1 code=1 inner=1048576 up=1 decoder=1,1,1"};
  const auto refused = [](const std::string& sizes) {
    return contains(message_of([&] { network("autoencoder", sizes); }), "network: ");
  };
  CHECK(std::all_of(all.begin(), all.end(), refused));
  CHECK_FALSE(refused("size=64 down=1,2 code=4 inner=1 up=1 decoder=1,1,1"));
  CHECK_FALSE(refused("size=64 down=1,2 code=4 inner=1 up=1,2 decoder=1,1"));
}

}  // namespace cameo::test
