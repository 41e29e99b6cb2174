// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <string>

#include "model/net/presets.h"

namespace cameo {

/// --start-from of random weights.
inline constexpr const char* kNoBase = "none";

/// Where the weights of a new model begin.
struct NewStart {
  std::filesystem::path base;  ///< the file of a base or model; empty: random weights
  std::string warning;         ///< that a base was expected and is not there; else empty
};

/// start_from: as given; empty: the base that belongs to the preset. Throws Error
/// (ErrorCode::Input) if what was given is not there.
NewStart new_start(const std::string& start_from, const Preset& preset);

}  // namespace cameo
