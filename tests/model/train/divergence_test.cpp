// SPDX-License-Identifier: MIT
#include "model/train/divergence.h"

#include <doctest/doctest.h>

using cameo::DivergenceDetector;

namespace {

/// Lets it hear a loss that falls from 0.25 to about 0.05, hard and easy batches in turn.
std::int64_t learn(DivergenceDetector& watch) {
  std::int64_t i = 0;
  while (i < 400) {
    ++i;
    const double mean = 0.05 + 0.2 / (1 + static_cast<double>(i) / 10);
    REQUIRE_FALSE(watch.broken(i, i % 2 == 0 ? 0.5 * mean : 1.5 * mean));
  }
  return i;
}

}  // namespace

TEST_CASE("a loss that leaps and stays is a breakdown, known within twenty iterations") {
  DivergenceDetector watch(3);
  const std::int64_t before = learn(watch);
  CHECK(watch.sound_until() == before);
  std::int64_t i = before;
  while (!watch.broken(++i, 0.42)) REQUIRE(i < before + 20);
  CHECK(watch.sound_until() >= before);
  CHECK(watch.sound_until() < before + 3);
  CHECK(watch.now() > 3 * watch.least());
}

TEST_CASE("one terrible batch is no breakdown, nor is a loss that creeps up a little") {
  DivergenceDetector watch(3);
  std::int64_t i = learn(watch);
  CHECK_FALSE(watch.broken(++i, 1));
  for (int more = 0; more < 500; ++more) CHECK_FALSE(watch.broken(++i, 0.1));
}

TEST_CASE("where a small rise is a breakdown, what comes close to it is not sound") {
  DivergenceDetector watch(1.1);
  std::int64_t i = 0;
  while (i < 100) REQUIRE_FALSE(watch.broken(++i, 0.1));
  while (!watch.broken(++i, 0.2)) REQUIRE(i < 110);  // each of these adds about 2 %
  CHECK(watch.sound_until() == 102);
  CHECK(i == 105);
}

TEST_CASE("with 0 it never minds") {
  DivergenceDetector watch(0);
  std::int64_t i = learn(watch);
  for (int more = 0; more < 100; ++more) CHECK_FALSE(watch.broken(++i, 10));
}
