// SPDX-License-Identifier: MIT
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/safetensors.h"
#include "model/file/base_file.h"
#include "model/file/model_file.h"
#ifdef CAMEO_KERAS
#include "model/keras/export.h"
#endif
#ifdef CAMEO_ONNX
#include "model/onnx/dfm.h"
#endif
#include "tools/cli/flags.h"
#include "tools/cli/text.h"
#include "tools/commands.h"
#include "tools/image_stages.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

enum class Format : std::uint8_t { KerasH5, KerasV3, Base, Dfm };

/// What this build writes; the first is the default.
std::vector<std::pair<std::string, Format>> formats() {
  return {
#ifdef CAMEO_KERAS
      {"keras-h5", Format::KerasH5},
      {"keras-v3", Format::KerasV3},
#endif
#ifdef CAMEO_ONNX
      {"dfm", Format::Dfm},
#endif
      {"base", Format::Base}};
}

struct ExportOptions {
  fs::path model, output;
  Format format = formats().front().second;
  bool turned_round = false;
  std::optional<bool> match_latents;
};

/// SHA-256 of the model's notes of consent, for formats that other programs read.
std::vector<std::string> consent_hashes(const ExportOptions& options, Log& log) {
  std::vector<std::string> hashes;
  if (options.format == Format::Base) return hashes;  // keeps the notes themselves
  for (const std::string& note : consent_notes(SafetensorsFile(model_file(options.model)))) {
    const std::optional<std::string> hash = sha256_if_built(note);
    if (hash) hashes.push_back(*hash);
    if (!hash)
      log.warn("this build has no SHA-256, so the file keeps nothing of the consent notes");
  }
  return hashes;
}

std::vector<fs::path> write_files(const ExportOptions& options,
                                  const std::vector<std::string>& consents) {
#ifdef CAMEO_ONNX
  if (options.format == Format::Dfm)
    export_dfm(options.model, options.output,
               {options.turned_round ? Side::A : Side::B,
                options.match_latents.value_or(
                    prefers_matched_latents(SafetensorsFile(model_file(options.model)))),
                consents});
#endif
#ifdef CAMEO_KERAS
  if (options.format == Format::KerasH5 || options.format == Format::KerasV3)
    return export_keras(options.model, options.output,
                        options.format == Format::KerasH5 ? KerasFormat::H5 : KerasFormat::V3,
                        consents);
#endif
  if (options.format == Format::Base)
    save_base(options.output, SafetensorsFile(model_file(options.model)));
  return {options.output};
}

}  // namespace

int export_command(Args args) {
  ExportOptions options;
  Flags flags("export",
              "Writes a model for other programs: as an ONNX model in DeepFaceLive's format (DFM), "
              "or as weights that Keras loads with load_weights; or as a base that new models "
              "start from.");
  flags.add("-m,--model", &options.model, "Folder of the model, or its file").required();
  flags
      .add("-o,--output", &options.output,
           "File to write; of Keras: folder for encoder, decoder_A and decoder_B")
      .required();
  flags.choose("--format", options.format, formats(),
               "keras-h5: .h5, for Keras 2, tf.keras and Keras 3; keras-v3: .weights.h5; dfm: ONNX "
               "model for DeepFaceLive and ONNX Runtime; base: shared layers and decoder A in "
               "bfloat16, for `cameo train --start-from`");
  flags.add("-s,--swap", &options.turned_round,
            "Swap direction of a dfm: put face A into frames of B");
  flags.add("--match-latents", &options.match_latents,
            "Shift latent statistics in a dfm as `cameo convert` does, with the same default");
  flags.needs(options.model);
  flags.makes(options.output);
  flags.also([&] {
    check(options.format == Format::Dfm ||
              (!options.turned_round && !options.match_latents.value_or(false)),
          ErrorCode::Usage,
          "export: --swap and --match-latents are for --format dfm; other formats "
          "hold the weights as they are");
  });
  return flags.run(args, [&](Log& log) {
    nlohmann::ordered_json all{{"files", nlohmann::json::array()}};
    for (const fs::path& file : write_files(options, consent_hashes(options, log))) {
      all["files"].push_back(file.string());
      if (!flags.common().json) std::cout << file.string() << '\n';
    }
    if (flags.common().json) std::cout << json_text(all) << '\n';
    return Exit::Ok;
  });
}

}  // namespace cameo
