// SPDX-License-Identifier: MIT
#pragma once
#include <span>
#include <string>
#include <vector>

#include "pipeline/convert.h"
#include "tools/cli/finder_flags.h"
#include "tools/cli/flags.h"

namespace cameo {

/// Throws Error (ErrorCode::Usage), with a hint, for an option of `cameo convert` on the command
/// line that would do nothing with the others: --crf where images are written, --image-format where
/// a video is. Options from the environment or a config file may be idle: they are for many runs.
void check_idle_options(const Flags& flags, const ConvertOptions& options,
                        const FinderOptions& finding);

/// Ranges of --frame-ranges and --ranges in which no frame of the input lies, as a line for the
/// user; empty if there are none. frames: of a video; 0: as its container says, and where that says
/// nothing the line is empty.
std::string ranges_without_frames(const ConvertOptions& options, std::int64_t frames = 0);

}  // namespace cameo
