// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "tools/image_stages.h"

namespace cameo {

std::vector<Command> image_commands() {
  return {};
}
std::vector<LibraryVersion> image_libraries() {
  return {};
}
std::vector<ForeignModel> foreign_models() {
  return {};
}
std::pair<std::size_t, std::size_t> keep_examples(const std::filesystem::path&,
                                                  std::span<const std::filesystem::path>,
                                                  std::span<const std::filesystem::path>, int) {
  return {};
}
std::optional<std::string> sha256_if_built(const std::string&) {
  return {};
}
std::optional<nlohmann::ordered_json> describe_media(const std::filesystem::path&,
                                                     const std::string&) {
  return {};
}

}  // namespace cameo
