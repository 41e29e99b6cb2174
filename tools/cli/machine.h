// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cameo {

/// What this process may use, as Linux tells it; empty or 0 where it does not.
struct Machine {
  std::string system, cpu;
  unsigned cores = 0;                        ///< that this process may run on
  std::vector<std::string> isa;              ///< the instruction sets that matter to Cameo
  std::int64_t memory = 0, free_memory = 0;  ///< bytes; a container's limit counts
};

Machine query_machine();

/// Where model files of others are kept: $CAMEO_MODELS, else $XDG_CACHE_HOME/cameo/models, else
/// ~/.cache/cameo/models.
std::filesystem::path models_folder();

/// Whether files can be made in `folder`, or in the nearest folder above it that exists.
bool is_writable(const std::filesystem::path& folder);

}  // namespace cameo
