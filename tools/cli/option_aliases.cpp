// SPDX-License-Identifier: MIT
#include "tools/cli/option_aliases.h"

#include <algorithm>

namespace cameo {

const std::string* OptionAliases::current(const std::string& old_name) const {
  for (const OptionAlias& alias : aliases_)
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
  std::vector<NamedSetting> renamed;
  const auto has = [](const std::vector<NamedSetting>& list, const std::string& name) {
    return std::any_of(list.begin(), list.end(),
                       [&](const NamedSetting& entry) { return entry.name == name; });
  };
  for (NamedSetting& entry : settings) {
    if (const std::string* name = current(entry.name)) {
      if (has(settings, *name) || has(renamed, *name)) continue;
      entry.name = *name;
    }
    renamed.push_back(std::move(entry));
  }
  return renamed;
}

std::vector<std::string> OptionAliases::old_names(const std::string& name) const {
  std::vector<std::string> names;
  for (const OptionAlias& alias : aliases_)
    if (alias.name == name) names.push_back(alias.old_name);
  return names;
}

}  // namespace cameo
