// SPDX-License-Identifier: MIT
#pragma once
#include <span>
#include <string>
#include <vector>

#include "tools/cli/config_file.h"

namespace cameo {

/// Maps former option names to current ones on the command line, in config files and in the
/// environment, so that scripts written for an earlier release keep working.
class OptionAliases {
 public:
  void add(std::string old_name, std::string name) {
    aliases_.push_back({std::move(old_name), std::move(name)});
  }

  /// `args` with `--old` and `--old=value` renamed; what follows a lone `--` stays as it is.
  std::vector<std::string> rename(std::span<const std::string> args) const;

  /// The same for a config file's settings. A setting given under its current name wins over one
  /// under its old name.
  std::vector<NamedSetting> rename(std::vector<NamedSetting> settings) const;

  /// Former names of the option `name`, in the order they were added.
  std::vector<std::string> old_names(const std::string& name) const;

 private:
  const std::string* current(const std::string& old_name) const;

  struct Alias {
    std::string old_name, name;  ///< long names without dashes
  };
  std::vector<Alias> aliases_;
};

}  // namespace cameo
