// SPDX-License-Identifier: MIT
#include "pipeline/media/frame_rate.h"

#include <doctest/doctest.h>

#include "base/error.h"

using namespace cameo;

TEST_CASE("frame rates are read in ffmpeg's notation, NTSC's decimals exactly") {
  const auto is = [](const char* text, std::int64_t num, std::int64_t den) {
    CAPTURE(text);
    const Rational rate = parse_frame_rate(text);
    CHECK(rate.num * den == num * rate.den);
  };
  is("25", 25, 1);
  is("12.5", 25, 2);
  is("30000/1001", 30000, 1001);
  is("29.97", 30000, 1001);
  is("23.976", 24000, 1001);
  is("ntsc", 30000, 1001);
  for (const char* text : {"", "fast", "0", "-3", "100000"})
    CHECK_THROWS_AS(parse_frame_rate(text), Error);
}
