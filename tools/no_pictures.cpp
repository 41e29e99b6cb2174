// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "tools/pictures.h"

namespace cameo {

std::vector<Command> picture_commands() {
  return {};
}
std::vector<LibraryVersion> picture_libraries() {
  return {};
}
std::vector<ForeignModel> foreign_models() {
  return {};
}
std::optional<nlohmann::ordered_json> describe_media(const std::filesystem::path&) {
  return {};
}

}  // namespace cameo
