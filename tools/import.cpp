// SPDX-License-Identifier: MIT
#include "model/keras/import.h"

#include <iostream>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/folder_lock.h"
#include "model/file/model_file.h"
#include "tools/cli/flags.h"
#include "tools/cli/text.h"
#include "tools/commands.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct ImportOptions {
  fs::path from, model;
  KerasSources sources;
  KerasImportOptions keras;
};

std::string status_of(const KerasImport& keras, const KerasRow& row) {
  return keras.flipped(row) ? row.status + ", flipped" : row.status;
}

/// A line for each file, then layer -> dataset -> shape -> tensor -> status.
std::string for_people(const KerasImport& keras) {
  std::string text;
  for (const KerasFile& file : keras.files())
    text += file.path().string() + ": " + file.writer() + ", " +
            std::to_string(file.arrays().size()) + " arrays\n";
  std::vector<std::vector<std::string>> rows{{"layer", "dataset", "shape", "tensor", "status"}};
  for (const KerasRow& row : keras.match().rows)
    rows.push_back({row.array.layer, row.array.dataset, text_of(row.array.shape), row.tensor,
                    status_of(keras, row)});
  return rows.size() > 1 ? text + '\n' + table(rows) : text;
}

Json as_json(const KerasImport& keras, const ImportOptions& options) {
  Json all{{"model", options.model.empty() ? "" : (options.model / kModelFile).string()},
           {"preset", keras.match().preset.name},
           {"sizes", keras.match().preset.network.settings},
           {"files", Json::array()},
           {"arrays", Json::array()}};
  for (const KerasFile& file : keras.files())
    all["files"].push_back({{"file", file.path().string()},
                            {"writer", file.writer()},
                            {"arrays", file.arrays().size()}});
  for (const KerasRow& row : keras.match().rows)
    all["arrays"].push_back({{"file", keras.file_of(row).path().string()},
                             {"layer", row.array.layer},
                             {"dataset", row.array.dataset},
                             {"shape", row.array.shape},
                             {"tensor", row.tensor},
                             {"status", status_of(keras, row)}});
  return all;
}

Exit import_files(const ImportOptions& options, const Flags& flags, Log& log) {
  const bool write = !flags.common().dry_run;
  check(!write || !options.model.empty(), ErrorCode::Usage,
        "import: where to? name the model's folder "
        "with --model, or look only with --dry-run");
  const KerasImport keras(find_keras(options.from, options.sources), options.keras);
  const KerasMatch& match = keras.match();
  if (write) {
    check(match.problem.empty(), ErrorCode::Format, match.problem,
          "; --dry-run shows the whole table");
    make_folder(options.model);
    const FolderLock lock(options.model, "import");
    keras.save(options.model / kModelFile);
  }
  std::cout << (flags.common().json ? json_text(as_json(keras, options)) + '\n'
                                    : for_people(keras));
  check(match.problem.empty(), ErrorCode::Format, match.problem);
  log.info(match.preset.name + " network (" + match.preset.network.settings + ")" +
           (write ? ", written to " + (options.model / kModelFile).string()
                  : "; nothing written, this was a dry run"));
  return Exit::Ok;
}

}  // namespace

int import_command(Args args) {
  ImportOptions options;
  Flags flags("import", "Makes a model of weights that Keras saved.");
  flags.add("from", &options.from,
            "Folder with encoder, decoder_A, decoder_B (.h5, .weights.h5, .keras), or one file");
  flags.add("-m,--model", &options.model, "Folder for the model");
  flags.add("--encoder", &options.sources.encoder, "The encoder's file");
  flags.add("--decoder-a", &options.sources.decoder_a, "Decoder A's; a whole autoencoder will do");
  flags.add("--decoder-b", &options.sources.decoder_b, "Decoder B's");
  flags.add("--swap-decoders", &options.keras.swap_decoders,
            "Take A's decoder for B's, B's for A's");
  flags.add("--flip", &options.keras.flip,
            "Turn the kernels of files that Keras wrote with Theano by 180 degrees");
  flags.needs(options.from);
  flags.needs(options.sources.encoder);
  flags.needs(options.sources.decoder_a);
  flags.needs(options.sources.decoder_b);
  flags.makes(options.model);
  flags.works_dry();
  return flags.run(args, [&](Log& log) { return import_files(options, flags, log); });
}

}  // namespace cameo
