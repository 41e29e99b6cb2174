// SPDX-License-Identifier: MIT
#include "pipeline/mark/ordered_statistics.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include <doctest/doctest.h>

#include "base/random.h"

using namespace cameo;

namespace {

using Soft = std::array<float, kBchLength>;

float normal(Random& random) {
  const float radius = std::sqrt(-2 * std::log(1 - random.uniform()));
  return radius * std::cos(2 * std::numbers::pi_v<float> * random.uniform());
}

/// A codeword behind noise of this deviation.
Soft received(const BchWord& word, float noise, Random& random) {
  Soft soft{};
  for (std::size_t i = 0; i < kBchLength; ++i)
    soft[i] = (word[i] ? -1.0F : 1.0F) + noise * normal(random);
  return soft;
}

int wrong_bits(const Soft& soft, const BchWord& word) {
  int wrong = 0;
  for (std::size_t i = 0; i < kBchLength; ++i) wrong += (soft[i] < 0) != word[i] ? 1 : 0;
  return wrong;
}

}  // namespace

TEST_CASE(
    "ordered statistics find a codeword in noise that leaves some seventeen of its bits wrong") {
  Random random(1);
  int tried = 0;
  int right = 0;
  for (int i = 0; i < 400 && tried < 25; ++i) {
    const std::uint64_t data = std::uint64_t{random.bits()} << 32U | random.bits();
    const BchWord word = bch_encode(data);
    const Soft soft = received(word, 0.85F, random);
    if (wrong_bits(soft, word) < 16 || wrong_bits(soft, word) > 18) continue;
    ++tried;
    const auto decoded = decode_by_ordered_statistics(soft);
    if (!decoded) continue;
    CHECK(decoded->data == data);
    CHECK(decoded->corrected == wrong_bits(soft, word));
    ++right;
  }
  REQUIRE(tried == 25);
  CHECK(right > 12);
}

TEST_CASE("ordered statistics read a word without noise, whatever its reliabilities") {
  Random random(2);
  for (int i = 0; i < 20; ++i) {
    const std::uint64_t data = std::uint64_t{random.bits()} << 32U | random.bits();
    Soft soft = received(bch_encode(data), 0, random);
    for (float& value : soft) value *= 0.01F + random.uniform();
    const auto decoded = decode_by_ordered_statistics(soft);
    REQUIRE(decoded);
    CHECK(decoded->data == data);
    CHECK(decoded->corrected == 0);
  }
}

TEST_CASE("ordered statistics let few random words pass, and nothing is no word") {
  Random random(3);
  int passed = 0;
  for (int i = 0; i < 1000; ++i) {
    Soft soft{};
    for (float& value : soft) value = normal(random);
    passed += decode_by_ordered_statistics(soft) ? 1 : 0;
  }
  CHECK(passed <= 6);
  CHECK_FALSE(decode_by_ordered_statistics({}));
}
