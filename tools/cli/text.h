// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace cameo {

/// The nearest of `words` by edit distance, for "did you mean"; empty if all are further than a
/// third of the word's length (at least two edits).
std::string nearest(std::string_view word, std::span<const std::string> words);

/// 82062470 -> "82,062,470".
std::string thousands(std::int64_t number);

/// 0.01234567, 4 -> "0.0123".
std::string fixed(double number, int digits);

/// 985000000 -> "939.4 MiB".
std::string human_bytes(double bytes);

/// 75 -> "1:15", 3700 -> "1:01:40". Seconds are rounded; negative ones are shown as "-:--".
std::string human_seconds(double seconds);

/// Serialized JSON. Bytes that are not UTF-8, which file names may hold, become replacement
/// characters. indent: spaces a level; -1: one line.
std::string json_text(const nlohmann::ordered_json& value, int indent = 2);

/// A text table: aligned columns, two spaces between; numbers to the right, the rest to the left.
/// A column is numeric if every filled cell below the first row begins with a digit or a
/// sign.
std::string table(const std::vector<std::vector<std::string>>& rows);

}  // namespace cameo
