// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cameo {

/// Hardware and system that this process runs on; empty or 0 where Linux does not say.
struct Machine {
  std::string system, cpu;
  unsigned cores = 0;                        ///< available to this process
  std::vector<std::string> isa;              ///< instruction sets that matter to Cameo
  std::int64_t memory = 0, free_memory = 0;  ///< bytes, within a container's limit
};

Machine query_machine();

/// Folder of third-party model files: $CAMEO_MODELS, else $XDG_CACHE_HOME/cameo/models, else
/// ~/.cache/cameo/models.
std::filesystem::path models_folder();

/// Folders of the base models that come with Cameo (weights/): beside an installed program in
/// share/cameo, or in the source tree that the program was built in.
std::vector<std::filesystem::path> base_folders();

/// Whether files can be created in `folder`, or in the nearest folder above it that exists.
bool is_writable(const std::filesystem::path& folder);

}  // namespace cameo
