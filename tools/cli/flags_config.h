// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <istream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "tools/cli/config_file.h"
#include "tools/cli/option_aliases.h"

namespace cameo {

/// A setting's value as the strings that CLI11 parses.
std::vector<std::string> as_inputs(const Setting& setting);

/// Config file reader for CLI11 by toml++. Settings that the environment overrides are left out.
class TomlConfig : public CLI::Config {
 public:
  TomlConfig(const CLI::App& app, const OptionAliases& aliases, std::string command,
             std::filesystem::path file)
      : app_(app), aliases_(aliases), command_(std::move(command)), file_(std::move(file)) {}
  std::string to_config(const CLI::App*, bool, bool, std::string) const override { return {}; }
  std::vector<CLI::ConfigItem> from_config(std::istream&) const override;

 private:
  const CLI::App& app_;
  const OptionAliases& aliases_;
  std::string command_;
  std::filesystem::path file_;
};

}  // namespace cameo
