// SPDX-License-Identifier: MIT
#pragma once
#include <cstdio>
#include <span>
#include <string_view>

#include "base/error.h"

namespace cameo::bench {

/// Prints the usage and returns true if -h or --help is among the arguments, argv[0] left out.
inline bool help_asked(int argc, const char* const* argv, const char* usage) {
  for (const std::string_view word : std::span(argv, static_cast<std::size_t>(argc)).subspan(1))
    if (word == "-h" || word == "--help") return std::printf("%s\n", usage) > 0;
  return false;
}

/// Throws Error (ErrorCode::Usage) if an argument of a program without options is one.
inline void refuse_options(int argc, const char* const* argv, const char* usage) {
  for (const std::string_view word : std::span(argv, static_cast<std::size_t>(argc)).subspan(1))
    check(!word.starts_with('-'), ErrorCode::Usage, "unknown option ", word, "; ", usage);
}

}  // namespace cameo::bench
