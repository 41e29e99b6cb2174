// SPDX-License-Identifier: MIT
#include "kernels/bf16.h"

#include <bit>
#include <cmath>

#include <doctest/doctest.h>

using cameo::Bf16;
using cameo::from_float;
using cameo::to_float;

TEST_CASE("bfloat16 rounds to nearest, ties to even, and keeps what is not a number") {
  const auto rounded = [](float x) { return to_float(from_float<Bf16>(x)); };
  CHECK(rounded(1.0F) == 1.0F);
  CHECK(rounded(-3.140625F) == -3.140625F);
  CHECK(rounded(1.00390625F) == 1.0F);       // halfway, the lower is even
  CHECK(rounded(1.01171875F) == 1.015625F);  // halfway, the upper is even
  CHECK(rounded(1.00390637F) == 1.0078125F);
  CHECK(rounded(-1.00390637F) == -1.0078125F);
  CHECK(rounded(3.4e38F) == HUGE_VALF);
  CHECK(std::isnan(rounded(NAN)));
  CHECK(std::isnan(to_float(from_float<Bf16>(std::bit_cast<float>(0x7f800001)))));
  CHECK(std::signbit(rounded(-0.0F)));
}
