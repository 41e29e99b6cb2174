// SPDX-License-Identifier: MIT
#include "pipeline/media/frame_rate.h"

extern "C" {
#include <libavutil/parseutils.h>
}

#include <cmath>

#include "base/error.h"

namespace cameo {

Rational parse_frame_rate(const std::string& text) {
  constexpr double kLeast = 0.001, kMost = 1000, kNear = 0.0005;
  AVRational rate{0, 1};
  const bool ok = av_parse_video_rate(&rate, text.c_str()) >= 0;
  const double value = ok ? av_q2d(rate) : 0;
  check(value >= kLeast && value <= kMost, ErrorCode::Usage, "frame rate '", text,
        "': wants a number from ", kLeast, " to ", kMost, ", as 25, 23.976 or 30000/1001");
  // 23.976 and 29.97 stand for 24000/1001 and 30000/1001.
  for (const int whole : {24, 30, 48, 60, 120})
    if (std::abs(value - whole * 1000.0 / 1001) < kNear) return {whole * std::int64_t{1000}, 1001};
  return {rate.num, rate.den};
}

}  // namespace cameo
