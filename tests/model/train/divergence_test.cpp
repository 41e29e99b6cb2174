// SPDX-License-Identifier: MIT
#include "model/train/divergence.h"

#include <random>

#include <doctest/doctest.h>

#include "tests/model/train/loss_series.h"

using cameo::DivergenceDetector;

namespace {

/// Lets it hear a loss that falls from 0.25 to about 0.05, hard and easy batches in turn.
std::int64_t learn(DivergenceDetector& watch) {
  std::int64_t i = 0;
  while (i < 400) {
    ++i;
    const double mean = 0.05 + 0.2 / (1 + static_cast<double>(i) / 10);
    REQUIRE_FALSE(watch.diverged(i, i % 2 == 0 ? 0.5 * mean : 1.5 * mean));
  }
  return i;
}

/// The iteration by which it speaks of divergence; 0 if it never does.
std::int64_t diverged_at(const std::vector<double>& losses,
                         DivergenceDetector::Start start = DivergenceDetector::Start::Initial) {
  DivergenceDetector watch(3, start);
  std::int64_t i = 0;
  for (const double loss : losses)
    if (watch.diverged(++i, loss)) return i;
  return 0;
}

}  // namespace

TEST_CASE("a network that dies in its first iterations is noticed") {
  CHECK(diverged_at(cameo::test::kLightDies) > 0);
  CHECK(diverged_at(cameo::test::kLightDies) <= 60);
  CHECK(diverged_at(cameo::test::kOriginalDies) > 0);
  CHECK(diverged_at(cameo::test::kOriginalDies) <= 60);
  DivergenceDetector watch(3);
  std::int64_t i = 0;
  for (const double loss : cameo::test::kOriginalDies)
    if (watch.diverged(++i, loss)) break;
  CHECK(watch.sound_until() < 10);
  CHECK(watch.minimum() < 0.25);
}

TEST_CASE("a trained network that dies in the first iterations of another run is noticed") {
  std::vector<double> losses{0.03, 0.034, 0.41};
  losses.resize(100, 0.42);
  CHECK(diverged_at(losses, DivergenceDetector::Start::Trained) > 0);
  CHECK(diverged_at(losses, DivergenceDetector::Start::Trained) <= 60);
}

TEST_CASE("healthy starts are not taken for divergence, however noisy") {
  CHECK(diverged_at(cameo::test::kLightLearns) == 0);
  CHECK(diverged_at(cameo::test::kBatchOfOneLearns) == 0);
  CHECK(diverged_at(cameo::test::kOriginalLearns) == 0);
  // A trained network on batches of one, whose losses differ by a factor of four.
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    std::mt19937 generator(seed);
    std::vector<double> losses;
    for (int i = 0; i < 300; ++i)
      losses.push_back(0.02 + 0.06 * static_cast<double>(generator() % 1000) / 1000);
    CAPTURE(seed);
    CHECK(diverged_at(losses, DivergenceDetector::Start::Trained) == 0);
  }
}

TEST_CASE("weights from elsewhere may lose more for a while, until the optimiser has settled") {
  std::vector<double> losses;
  for (int i = 0; i < 300; ++i) losses.push_back(i < 30 ? 0.02 + 0.002 * i : 0.02 + 2.0 / (i + 5));
  CHECK(diverged_at(losses, DivergenceDetector::Start::Trained) == 0);
}

TEST_CASE("a loss that leaps and stays is a breakdown, known within twenty iterations") {
  DivergenceDetector watch(3);
  const std::int64_t before = learn(watch);
  CHECK(watch.sound_until() == before);
  std::int64_t i = before;
  while (!watch.diverged(++i, 0.42)) REQUIRE(i < before + 20);
  CHECK(watch.sound_until() >= before);
  CHECK(watch.sound_until() < before + 3);
  CHECK(watch.smoothed() > 3 * watch.minimum());
}

TEST_CASE("one terrible batch is no breakdown, nor is a loss that creeps up a little") {
  DivergenceDetector watch(3);
  std::int64_t i = learn(watch);
  CHECK_FALSE(watch.diverged(++i, 1));
  for (int more = 0; more < 500; ++more) CHECK_FALSE(watch.diverged(++i, 0.1));
}

TEST_CASE("where a small rise is a breakdown, what comes close to it is not sound") {
  DivergenceDetector watch(1.1);
  std::int64_t i = 0;
  while (i < 100) REQUIRE_FALSE(watch.diverged(++i, 0.1));
  while (!watch.diverged(++i, 0.2)) REQUIRE(i < 110);  // each of these adds about 2 %
  CHECK(watch.sound_until() == 102);
  CHECK(i == 105);
}

TEST_CASE("with 0 it never minds") {
  DivergenceDetector watch(0);
  std::int64_t i = learn(watch);
  for (int more = 0; more < 100; ++more) CHECK_FALSE(watch.diverged(++i, 10));
}
