// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace cameo {

/// A value of a config file or of an option.
using Setting = std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>>;

/// An option's long name without dashes, and its value.
struct NamedSetting {
  std::string name;
  Setting value;
};

/// Settings for `command` from a TOML file: the keys of its own table, `[train]` for train, then
/// those outside of any table. Tables of other commands are skipped.
/// Throws Error: ErrorCode::Input if the file cannot be read, ErrorCode::Usage naming the line if
/// it is not TOML or a value is neither a string, a number, a boolean nor a list of strings.
std::vector<NamedSetting> read_config(const std::filesystem::path& file,
                                      const std::string& command);

/// Settings as TOML text: a table of the command's name with one line a setting.
std::string config_text(const std::string& command, const std::vector<NamedSetting>& settings);

}  // namespace cameo
