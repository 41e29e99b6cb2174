// SPDX-License-Identifier: MIT
#include "pipeline/media/libav.h"

#include <cstring>

#include <doctest/doctest.h>

using namespace cameo::libav;

TEST_CASE("a member that a file gave no value of its enumeration is unspecified") {
  AVChromaLocation place = AVCHROMA_LOC_TOP;
  const auto read = [&] { return known_value(place, AVCHROMA_LOC_NB, AVCHROMA_LOC_UNSPECIFIED); };
  CHECK(read() == AVCHROMA_LOC_TOP);
  for (const int number : {33, -1, static_cast<int>(AVCHROMA_LOC_NB)}) {
    std::memcpy(&place, &number, sizeof number);  // as a decoder in C does
    CHECK(read() == AVCHROMA_LOC_UNSPECIFIED);
  }
}
