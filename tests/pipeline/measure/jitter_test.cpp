// SPDX-License-Identifier: MIT
#include "pipeline/measure/jitter.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/pipeline/fakes.h"

using namespace cameo;
using namespace cameo::test;

namespace {

Landmarks at(float x, float y) {
  return drawn_landmarks({x, y}, 40);
}

}  // namespace

// 1e-5: landmarks are floats of about a hundred pixels.
TEST_CASE("steady motion has no jitter, and a jump has twice its length") {
  CHECK(jitter(at(50, 60), at(50, 60), at(50, 60)) == 0);
  CHECK(jitter(at(50, 60), at(53, 58), at(56, 56)) < 1e-5);
  CHECK(jitter(at(50, 60), at(53, 64), at(50, 60)) == doctest::Approx(10).epsilon(1e-5));
}

TEST_CASE("jitter is the mean over the landmarks") {
  Landmarks after = at(50, 60);
  after[7].x += 34;
  CHECK(jitter(at(50, 60), at(50, 60), after) == doctest::Approx(0.5).epsilon(1e-5));
}

TEST_CASE("jitter wants as many landmarks in each frame") {
  CHECK_THROWS_AS(jitter(at(1, 1), at(1, 1), Landmarks(5)), Error);
  CHECK_THROWS_AS(jitter(Landmarks(5), at(1, 1), at(1, 1)), Error);
  CHECK_THROWS_AS(jitter({}, {}, {}), Error);
}
