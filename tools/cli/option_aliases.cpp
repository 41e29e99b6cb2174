// SPDX-License-Identifier: MIT
#include "tools/cli/option_aliases.h"

#include <algorithm>

namespace cameo {

const std::string* OptionAliases::current(const std::string& old_name) const {
  for (const Alias& alias : aliases_)
    if (alias.old_name == old_name) return &alias.name;
  return nullptr;
}

std::vector<std::string> OptionAliases::rename(std::span<const std::string> args) const {
  std::vector<std::string> renamed(args.begin(), args.end());
  for (std::string& arg : renamed) {
    if (arg == "--") break;
    if (arg.rfind("--", 0) != 0) continue;
    const std::size_t end = std::min(arg.find('='), arg.size());
    if (const std::string* name = current(arg.substr(2, end - 2))) arg.replace(2, end - 2, *name);
  }
  return renamed;
}

std::vector<NamedSetting> OptionAliases::rename(std::vector<NamedSetting> settings) const {
  const auto old = std::stable_partition(settings.begin(), settings.end(), [&](const auto& entry) {
    return current(entry.name) == nullptr;
  });
  std::vector<NamedSetting> renamed(settings.begin(), old);
  for (auto entry = old; entry != settings.end(); ++entry) {
    const std::string& name = *current(entry->name);
    if (std::none_of(renamed.begin(), renamed.end(), [&](auto& r) { return r.name == name; }))
      renamed.push_back({name, entry->value});
  }
  return renamed;
}

std::vector<std::string> OptionAliases::old_names(const std::string& name) const {
  std::vector<std::string> names;
  for (const Alias& alias : aliases_)
    if (alias.name == name) names.push_back(alias.old_name);
  return names;
}

}  // namespace cameo
