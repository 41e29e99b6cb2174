// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

#include "kernels/tensor.h"

namespace cameo::bench {

/// What a map [N,H,W,4C] becomes when each pixel spreads over 2x2: [N,2H,2W,C].
constexpr Shape spread(Shape x) {
  return {x.n, 2 * x.h, 2 * x.w, x.c / 4};
}

/// Where element i of the map goes in the spread one: its four quarters are row, then column.
constexpr std::int64_t spread_to(Shape x, std::int64_t i) {
  const std::int64_t c = i % x.c % (x.c / 4), block = i % x.c / (x.c / 4);
  const std::int64_t w = 2 * (i / x.c % x.w) + block % 2, line = i / x.c / x.w;
  return ((2 * line + block / 2) * 2 * x.w + w) * (x.c / 4) + c;
}

/// Where element i of the spread map comes from.
constexpr std::int64_t spread_from(Shape x, std::int64_t i) {
  const std::int64_t channels = x.c / 4, w = i / channels % (2 * x.w),
                     line = i / channels / (2 * x.w);
  return (line / 2 * x.w + w / 2) * x.c + (line % 2 * 2 + w % 2) * channels + i % channels;
}

}  // namespace cameo::bench
