// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>

#include "engine/exec.h"

namespace cameo {

/// Where the ways of computing that were found fastest on this machine are kept: ways.json in
/// Cameo's cache folder.
std::filesystem::path tuning_file();

/// Fills exec's table from the file, as far as it speaks of this processor, number of threads,
/// library and choice of ways: so a second run starts at once and, for the same seed, repeats the
/// first bit for bit. A missing or damaged file is the same as an empty one.
void recall_tuning(Exec& exec, const std::filesystem::path& file = tuning_file());

/// Adds exec's table to the file. A cache folder that cannot be written is no error: the next run
/// measures again.
void keep_tuning(const Exec& exec, const std::filesystem::path& file = tuning_file());

}  // namespace cameo
