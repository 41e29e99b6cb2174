// SPDX-License-Identifier: MIT
#include "model/keras/export.h"

#include <cstdint>
#include <iostream>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/file/base_file.h"
#include "model/file/model_file.h"
#include "tools/cli/flags.h"
#include "tools/cli/text.h"
#include "tools/commands.h"

namespace cameo {
namespace {

enum class Format : std::uint8_t { KerasH5, KerasV3, Base };

std::vector<std::filesystem::path> write_files(const std::filesystem::path& model,
                                               const std::filesystem::path& output, Format format) {
  if (format == Format::Base) {
    save_base(output, SafetensorsFile(model_file(model)));
    return {output};
  }
  return export_keras(model, output, format == Format::KerasH5 ? KerasFormat::H5 : KerasFormat::V3);
}

}  // namespace

int export_command(Args args) {
  std::filesystem::path model, folder;
  Format format = Format::KerasH5;
  Flags flags(
      "export",
      "Writes a model's weights as Keras loads them with load_weights, or as a base that new "
      "models start from.");
  flags.add("-m,--model", &model, "Folder of the model, or its file").required();
  flags
      .add("-o,--output", &folder,
           "Folder for encoder, decoder_A and decoder_B; of a base: the file to write")
      .required();
  flags.choose(
      "--format", format,
      {{"keras-h5", Format::KerasH5}, {"keras-v3", Format::KerasV3}, {"base", Format::Base}},
      "keras-h5: .h5, for Keras 2, tf.keras and Keras 3; keras-v3: .weights.h5; base: shared "
      "layers and decoder A in bfloat16, for `cameo train --start-from`");
  flags.needs(model);
  flags.makes(folder);
  return flags.run(args, [&](Log&) {
    nlohmann::ordered_json all{{"files", nlohmann::json::array()}};
    for (const auto& file : write_files(model, folder, format)) {
      all["files"].push_back(file.string());
      if (!flags.common().json) std::cout << file.string() << '\n';
    }
    if (flags.common().json) std::cout << json_text(all) << '\n';
    return Exit::Ok;
  });
}

}  // namespace cameo
