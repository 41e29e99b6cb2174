// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace cameo {

/// The word of `words` that takes the fewest edits to become `word`; empty if all are too far off
/// (more than a third of the word, at least two edits).
std::string nearest(std::string_view word, std::span<const std::string> words);

/// 82062470 -> "82,062,470".
std::string thousands(std::int64_t number);

/// 985000000 -> "939.4 MiB".
std::string human_bytes(double bytes);

/// 75 -> "1:15", 3700 -> "1:01:40". Seconds are rounded; negative ones are shown as "-:--".
std::string human_seconds(double seconds);

/// JSON as text. What is not UTF-8, as file names need not be, is shown by a replacement
/// character. indent: spaces a level; -1: one line.
std::string json_text(const nlohmann::ordered_json& value, int indent = 2);

/// Rows as lines of aligned columns, two spaces between; numbers to the right, the rest to the
/// left. A column is numeric if every filled cell below the first row begins with a digit or a
/// sign.
std::string table(const std::vector<std::vector<std::string>>& rows);

}  // namespace cameo
