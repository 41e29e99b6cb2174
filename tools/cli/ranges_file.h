// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <vector>

#include "pipeline/compose/schedule.h"

namespace cameo {

/// Options for ranges of frames from a TOML file: tables `[[range]]` with `frames`, one text or a
/// list as of --frame-ranges ("10-50"), options of composing by their names (compose_option_names),
/// and `skip = true` to leave the frames as they are. Without `frames` a table is for all; one that
/// sets nothing is refused. Throws Error: ErrorCode::Input if the file cannot be read,
/// ErrorCode::Usage naming file and line for what is not TOML, for other tables or keys and for
/// values that cannot be.
std::vector<ComposeRange> read_ranges(const std::filesystem::path& file);

}  // namespace cameo
