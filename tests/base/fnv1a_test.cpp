// SPDX-License-Identifier: MIT
#include "base/fnv1a.h"

#include <array>

#include <doctest/doctest.h>

using namespace cameo;

TEST_CASE("FNV-1a gives the published values, at once or in parts") {
  CHECK(Fnv1a().value() == 0xCBF29CE484222325ULL);
  Fnv1a a, parts;
  a.add("a");
  CHECK(a.value() == 0xAF63DC4C8601EC8CULL);
  parts.add("foo");
  parts.add(std::array<unsigned char, 3>{'b', 'a', 'r'});
  CHECK(parts.value() == 0x85944171F73967E8ULL);
}
