// SPDX-License-Identifier: MIT
#include "pipeline/mark/bch.h"

#include <sstream>  // doctest prints codewords

#include <doctest/doctest.h>

#include "base/random.h"

using namespace cameo;

namespace {

std::uint64_t any_data(Random& random) {
  const std::uint64_t high = random.bits();
  return high << 32U | random.bits();
}

/// The word with `errors` different bits changed.
BchWord damaged(const BchWord& word, int errors, Random& random) {
  BchWord wrong;
  while (static_cast<int>(wrong.count()) < errors) wrong.set(random.below(kBchLength));
  return word ^ wrong;
}

std::array<float, kBchLength> soft_of(const BchWord& word) {
  std::array<float, kBchLength> soft{};
  for (std::size_t i = 0; i < kBchLength; ++i) soft[i] = word[i] ? -1.0F : 1.0F;
  return soft;
}

}  // namespace

TEST_CASE("a codeword of the BCH code holds its data as they are, in bits 63 to 126") {
  const BchWord word = bch_encode(0x8000000000000005);
  CHECK(word[63]);
  CHECK_FALSE(word[64]);
  CHECK(word[65]);
  CHECK(word[126]);
}

TEST_CASE("the BCH code is linear with a distance of at least 21") {
  Random random(1);
  for (int i = 0; i < 200; ++i) {
    const std::uint64_t a = any_data(random);
    const std::uint64_t b = any_data(random);
    CHECK((bch_encode(a) ^ bch_encode(b)) == bch_encode(a ^ b));
    CHECK(bch_encode(a ^ b).count() >= 21);
  }
  // Data of a single bit come nearest.
  for (unsigned i = 0; i < 64; ++i) CHECK(bch_encode(std::uint64_t{1} << i).count() >= 21);
}

TEST_CASE("the BCH code corrects up to ten wrong bits and says how many there were") {
  Random random(2);
  for (int errors = 0; errors <= kBchErrors; ++errors) {
    for (int i = 0; i < 40; ++i) {
      const std::uint64_t data = any_data(random);
      const auto decoded = bch_decode(damaged(bch_encode(data), errors, random));
      REQUIRE(decoded);
      CHECK(decoded->data == data);
      CHECK(decoded->corrected == errors);
    }
  }
}

TEST_CASE("the BCH code refuses more than ten wrong bits") {
  Random random(3);
  for (int errors = kBchErrors + 1; errors <= 40; ++errors) {
    // One in 38,000 of such words is a codeword's neighbour; none of these is.
    for (int i = 0; i < 20; ++i) {
      CHECK_FALSE(bch_decode(damaged(bch_encode(any_data(random)), errors, random)));
    }
  }
}

TEST_CASE("soft decisions correct more than ten wrong bits if those are the least reliable") {
  Random random(4);
  const std::uint64_t data = any_data(random);
  const BchWord word = bch_encode(data);
  const BchWord wrong = damaged(word, 17, random);
  std::array<float, kBchLength> soft = soft_of(wrong);
  CHECK_FALSE(bch_decode(wrong));
  CHECK_FALSE(bch_decode_soft(soft));
  for (std::size_t i = 0; i < kBchLength; ++i) {
    if (wrong[i] != word[i]) soft[i] *= 0.1F;
  }
  const auto decoded = bch_decode_soft(soft);
  REQUIRE(decoded);
  CHECK(decoded->data == data);
  CHECK(decoded->corrected == 17);
}

TEST_CASE("noise seldom decodes as a codeword, softly") {
  Random random(5);
  int decoded = 0;
  for (int i = 0; i < 400; ++i) {
    std::array<float, kBchLength> soft{};
    for (float& value : soft) value = random.uniform() - 0.5F;
    decoded += bch_decode_soft(soft) ? 1 : 0;
  }
  // At most 1,024 words, each with a probability of 2.6e-5: 11 of 400, with a deviation of 3.3.
  CHECK(decoded < 28);
}
