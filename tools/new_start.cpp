// SPDX-License-Identifier: MIT
#include "tools/new_start.h"

#include "model/file/base_file.h"
#include "model/file/model_file.h"
#include "tools/cli/flags.h"
#include "tools/cli/machine.h"

namespace cameo {

namespace fs = std::filesystem;

NewStart new_start(const std::string& start_from, const Preset& preset) {
  if (start_from == kNoBase) return {};
  if (const fs::path given = start_from; !given.empty()) {
    require_there(given);
    return {.base = fs::is_directory(given) ? given / kModelFile : given, .warning = {}};
  }
  const std::string name = "base-" + preset.name + ".safetensors";
  std::string searched;
  for (const fs::path& folder : base_folders()) {
    if (is_base_of(folder / name, preset.network)) return {.base = folder / name, .warning = {}};
    searched += (searched.empty() ? "" : ", ") + folder.string();
  }
  if (!preset.has_base) return {};
  return {.base = {},
          .warning = "the base of " + preset.name + ", " + name + ", was not found in " + searched +
                     ": training begins with random weights, which takes far longer; --start-from "
                     "FILE names it, and --start-from none means it"};
}

}  // namespace cameo
