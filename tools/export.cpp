// SPDX-License-Identifier: MIT
#include "model/keras/export.h"

#include <iostream>

#include <nlohmann/json.hpp>

#include "tools/cli/flags.h"
#include "tools/cli/text.h"
#include "tools/commands.h"

namespace cameo {

int export_command(Args args) {
  std::filesystem::path model, folder;
  KerasFormat format = KerasFormat::H5;
  Flags flags("export", "Writes a model's weights as Keras loads them with load_weights.");
  flags.add("-m,--model", &model, "Folder of the model, or its file").required();
  flags.add("-o,--output", &folder, "Folder for encoder, decoder_A and decoder_B").required();
  flags.choose("--format", format, {{"keras-h5", KerasFormat::H5}, {"keras-v3", KerasFormat::V3}},
               "keras-h5: .h5, for Keras 2, tf.keras and Keras 3; keras-v3: .weights.h5");
  flags.needs(model);
  flags.makes(folder);
  return flags.run(args, [&](Log&) {
    nlohmann::ordered_json all{{"files", nlohmann::json::array()}};
    for (const auto& file : export_keras(model, folder, format)) {
      all["files"].push_back(file.string());
      if (!flags.common().json) std::cout << file.string() << '\n';
    }
    if (flags.common().json) std::cout << json_text(all) << '\n';
    return Exit::Ok;
  });
}

}  // namespace cameo
