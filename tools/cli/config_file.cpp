// SPDX-License-Identifier: MIT
#include "tools/cli/config_file.h"

#include <algorithm>
#include <optional>

#include <toml++/toml.h>

#include "base/error.h"
#include "tools/cli/toml_file.h"

namespace cameo {
namespace {

std::optional<Setting> setting(const toml::node& node) {
  if (const auto* flag = node.as_boolean()) return Setting(flag->get());
  if (const auto* number = node.as_integer()) return Setting(number->get());
  if (const auto* number = node.as_floating_point()) return Setting(number->get());
  if (const auto* word = node.as_string()) return Setting(word->get());
  const auto* list = node.as_array();
  if (list == nullptr) return std::nullopt;
  std::vector<std::string> words;
  for (const toml::node& item : *list) {
    const auto* word = item.as_string();
    if (word == nullptr) return std::nullopt;
    words.push_back(word->get());
  }
  return Setting(std::move(words));
}

// A name that is there already keeps its value.
void collect(const std::filesystem::path& file, const toml::table& table,
             std::vector<NamedSetting>& into) {
  for (const auto& [key, node] : table) {
    if (node.is_table()) continue;
    const std::string name(key.str());
    auto value = setting(node);
    check(value.has_value(), ErrorCode::Usage, file.string(), ":", node.source().begin.line, ": ",
          name, " must be a string, a number, true, false or a list of strings");
    const bool there = std::any_of(into.begin(), into.end(),
                                   [&](const NamedSetting& s) { return s.name == name; });
    if (!there) into.push_back({name, std::move(*value)});
  }
}

}  // namespace

std::vector<NamedSetting> read_config(const std::filesystem::path& file,
                                      const std::string& command) {
  const toml::table document = read_toml(file, "config file");
  std::vector<NamedSetting> settings;
  if (const toml::table* own = document[command].as_table()) collect(file, *own, settings);
  collect(file, document, settings);
  return settings;
}

std::string config_text(const std::string& command, const std::vector<NamedSetting>& settings) {
  toml::table own;
  for (const NamedSetting& entry : settings) {
    std::visit(
        [&](const auto& value) {
          if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::vector<std::string>>) {
            toml::array list;
            for (const std::string& word : value) list.push_back(word);
            own.insert(entry.name, std::move(list));
          } else {
            own.insert(entry.name, value);
          }
        },
        entry.value);
  }
  toml::table document;
  document.insert(command, std::move(own));
  std::ostringstream text;
  text << document << '\n';
  return text.str();
}

}  // namespace cameo
