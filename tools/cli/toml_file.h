// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <string_view>

#include <toml++/toml.h>

namespace cameo {

/// The contents of a TOML file. what: its kind, for the message: "config file".
/// Throws Error: ErrorCode::Input if it cannot be read, ErrorCode::Usage naming file and line if it
/// is not TOML.
toml::table read_toml(const std::filesystem::path& file, std::string_view what);

}  // namespace cameo
