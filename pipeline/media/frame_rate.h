// SPDX-License-Identifier: MIT
#pragma once
#include <string>

#include "pipeline/media/video.h"

namespace cameo {

/// A frame rate in ffmpeg's notation: 25, 23.976, 30000/1001, ntsc, pal, film. Decimals near an
/// NTSC rate are that rate. Throws Error (ErrorCode::Usage) for anything else and for rates that
/// are not in 0.001 .. 1000.
Rational parse_frame_rate(const std::string& text);

}  // namespace cameo
