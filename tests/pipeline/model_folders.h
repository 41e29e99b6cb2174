// SPDX-License-Identifier: MIT
#pragma once
#include <cstdlib>
#include <filesystem>

#include "pipeline/face/models.h"

namespace cameo::test {

/// Where the model files that weights/fetch.sh gets may lie; a test passes over those that do not.
inline ModelFolders model_folders() {
  ModelFolders folders;
  if (const char* named = std::getenv("CAMEO_MODELS")) folders.emplace_back(named);
  if (const char* home = std::getenv("HOME"))
    folders.emplace_back(std::filesystem::path(home) / ".cache/cameo/models");
  return folders;
}

}  // namespace cameo::test
