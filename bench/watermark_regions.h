// SPDX-License-Identifier: MIT
#pragma once
#include "bench/watermark_report.h"

namespace cameo::bench {

/// How surely a watermark is found that is embedded in a box around the face only, one, two or
/// three times its size, against the whole frame: `count` drawn clips of 30 frames each at 854 x
/// 480 and 1920 x 1080, the faces of every other one at half the size.
void regions(TableReport& report, int count);

}  // namespace cameo::bench
