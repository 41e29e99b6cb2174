// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "kernels/about.h"
#include "tools/commands.h"

// What needs the picture stages. A build with them takes pictures.cpp, one without no_pictures.cpp.

namespace cameo {

/// A model file that others trained, and where this machine has it.
struct ForeignModel {
  std::string name, purpose, terms, sha256;
  std::filesystem::path found;  ///< empty: nowhere
};

std::vector<Command> picture_commands();
std::vector<LibraryVersion> picture_libraries();
std::vector<ForeignModel> foreign_models();

/// What a picture, video or faces file holds; nothing if it is none of them.
std::optional<nlohmann::ordered_json> describe_media(const std::filesystem::path& file);

}  // namespace cameo
