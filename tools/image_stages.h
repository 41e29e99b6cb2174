// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "kernels/system_info.h"
#include "tools/commands.h"

// What needs the image stages: image_stages.cpp in a build with them, no_image_stages.cpp in one
// without.

namespace cameo {

/// A third-party model file, and where this machine has it.
struct ForeignModel {
  std::string name, purpose, terms, sha256;
  std::filesystem::path found;  ///< empty: not found
  std::string problem;          ///< why the file that was found is of no use; empty: it is
};

std::vector<Command> image_commands();
std::vector<LibraryVersion> image_libraries();
std::vector<ForeignModel> foreign_models();

/// save_examples of both persons; returns how many the model has of A and of B.
std::pair<std::size_t, std::size_t> keep_examples(const std::filesystem::path& model,
                                                  std::span<const std::filesystem::path> faces_a,
                                                  std::span<const std::filesystem::path> faces_b,
                                                  int most);

/// SHA-256 of a text in 64 hexadecimal digits; nothing in a build without the image stages.
std::optional<std::string> sha256_if_built(const std::string& text);

/// What an image, video or faces file holds; nothing if it is none of them. c2pa_library: reads
/// C2PA manifests, empty: as the loader finds it.
std::optional<nlohmann::ordered_json> describe_media(const std::filesystem::path& file,
                                                     const std::string& c2pa_library);

}  // namespace cameo
