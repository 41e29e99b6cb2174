// SPDX-License-Identifier: MIT
#include "model/data/sampler.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"

using namespace cameo;

namespace {

std::vector<std::int32_t> take(ShuffledSampler& order, std::size_t count) {
  std::vector<std::int32_t> batch(count);
  order.next(batch);
  return batch;
}

}  // namespace

TEST_CASE("a pass shows no face twice and drops the tail that fills no batch") {
  ShuffledSampler order(10, 1, 0);
  std::set<std::int32_t> seen;
  for (int i = 0; i < 3; ++i) {
    for (const std::int32_t face : take(order, 3)) {
      CHECK(face >= 0);
      CHECK(face < 10);
      CHECK(seen.insert(face).second);
    }
  }
  CHECK(order.place() == SamplerState{0, 9});
  take(order, 3);
  CHECK(order.place() == SamplerState{1, 3});
}

TEST_CASE("a batch as large as the set is the whole set, each time in another order") {
  ShuffledSampler order(20, 5, 0);
  auto first = take(order, 20), second = take(order, 20);
  CHECK(first != second);
  std::sort(first.begin(), first.end());
  std::sort(second.begin(), second.end());
  CHECK(first == second);
  CHECK(order.place() == SamplerState{1, 20});
}

TEST_CASE("fewer faces than a batch come equally often") {
  ShuffledSampler order(3, 2, 0);
  std::map<std::int32_t, int> times;
  for (int i = 0; i < 6; ++i) {
    for (const std::int32_t face : take(order, 8)) ++times[face];
  }
  for (int face = 0; face < 3; ++face) CHECK(times[face] == 16);
}

TEST_CASE("an order goes on from its place, also with another batch") {
  ShuffledSampler whole(13, 7, 1);
  std::vector<std::int32_t> rest;
  take(whole, 4);
  take(whole, 4);
  take(whole, 4);
  take(whole, 4);
  ShuffledSampler resumed(13, 7, 1, whole.place());
  CHECK(take(resumed, 4) == take(whole, 4));
  CHECK(take(resumed, 2) == take(whole, 2));
  CHECK(resumed.place() == whole.place());
  ShuffledSampler shrunk(2, 7, 1, whole.place());  // faces were deleted meanwhile
  CHECK(take(shrunk, 2).size() == 2);
}

TEST_CASE("seeds and streams have orders of their own, and every place is equally likely") {
  ShuffledSampler a(50, 1, 0), b(50, 1, 1), c(50, 2, 0), again(50, 1, 0);
  const auto order = take(a, 50);
  CHECK(take(b, 50) != order);
  CHECK(take(c, 50) != order);
  CHECK(take(again, 50) == order);
  std::array<int, 25> counts{};  // how often face f comes at place p
  ShuffledSampler five(5, 9, 0);
  for (int pass = 0; pass < 5000; ++pass) {
    const auto faces = take(five, 5);
    for (std::size_t p = 0; p < 5; ++p) ++counts[p * 5 + static_cast<std::size_t>(faces[p])];
  }
  for (const int count : counts) {  // 1000 expected, 28 the standard deviation
    CHECK(count > 1000 - 5 * 29);
    CHECK(count < 1000 + 5 * 29);
  }
}

TEST_CASE("an order of no faces is refused") {
  CHECK_THROWS_AS(ShuffledSampler(0, 1, 0), Error);
}
