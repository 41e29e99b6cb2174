// SPDX-License-Identifier: MIT
#include "pipeline/media/video_stamps.h"

#include <vector>

#include <doctest/doctest.h>

using namespace cameo;

namespace {

using Ticks = std::vector<std::int64_t>;

Ticks risen(const Ticks& stamps, std::int64_t usual) {
  RisingStamps rising(usual);
  Ticks out;
  for (const std::int64_t stamp : stamps) out.push_back(rising.next(stamp));
  return out;
}

}  // namespace

TEST_CASE("stamps that rise are kept, however uneven") {
  const Ticks uneven{-40, 0, 1, 100, 5000, 5001};
  CHECK(risen(uneven, 10) == uneven);
}

TEST_CASE(
    "a stamp that jumps back goes on at the usual distance, and a repeated one a tick later") {
  CHECK(risen({0, 10, 20, 0, 10, 20}, 10) == Ticks{0, 10, 20, 30, 40, 50});
  CHECK(risen({5, 5, 5, 40}, 10) == Ticks{5, 6, 7, 40});
  RisingStamps rising(10);
  CHECK(rising.next({}) == 0);
  CHECK(rising.next({}) == 10);
  CHECK(rising.next(25) == 25);
  CHECK(rising.next({}) == 40);
}

TEST_CASE("joined recordings go on where the one before ended, in all streams") {
  constexpr std::int64_t kFrame = 40'000;
  JoinOffset joined(0);
  const auto at = [&](int stream, std::int64_t stamp) {
    return joined.at({stream, stamp, stamp, kFrame});
  };
  for (int i = 0; i < 24; ++i) CHECK(at(0, i * kFrame) == 0);
  CHECK(at(1, 23 * kFrame) == 0);
  CHECK(at(0, 0) == 24 * kFrame);
  CHECK(at(1, 0) == 24 * kFrame);
  CHECK(at(0, kFrame) == 24 * kFrame);
  CHECK(at(1, kFrame) == 24 * kFrame);
  // Far forward, and not so far.
  CHECK(at(0, 9'000'000) == 24 * kFrame);
  CHECK(at(0, 99'000'000) == 24 * kFrame - (99'000'000 - 9'000'000 - kFrame));
}

TEST_CASE("a stream that comes to the joint late keeps the end of its part") {
  constexpr std::int64_t kFrame = 40'000;
  JoinOffset joined(0);
  const auto at = [&](int stream, std::int64_t stamp) {
    return joined.at({stream, stamp, stamp, kFrame});
  };
  for (int i = 0; i < 24; ++i) at(0, i * kFrame);
  for (int i = 0; i < 24; ++i) at(1, i * kFrame);
  CHECK(at(1, 0) == 24 * kFrame);
  CHECK(at(0, 24 * kFrame) == 0);
  CHECK(at(0, 0) == 25 * kFrame);
  CHECK(at(1, kFrame) == 25 * kFrame);
}

TEST_CASE("gaps of frames left out close, and time in them has no place") {
  KeptTime kept(true);
  CHECK(kept.add(10, 400, 40) == 0);
  CHECK(kept.add(11, 440, 40) == 40);
  CHECK(kept.add(20, 800, 40) == 80);
  CHECK(kept.place(479) == 79);
  CHECK(!kept.place(480));
  CHECK(!kept.place(399));
  CHECK(kept.place(800) == 80);
  CHECK(kept.end() == 840);
  CHECK(kept.span(0, 2000) == std::pair<std::int64_t, std::int64_t>(0, 120));
  CHECK(kept.span(460, 810) == std::pair<std::int64_t, std::int64_t>(60, 90));
  CHECK(!kept.span(500, 700));

  KeptTime again(true, kept.ranges());
  again.expect(21);
  CHECK(again.add(21, 840, 40) == 120);

  KeptTime whole(false);
  CHECK(whole.add(0, 7, 40) == 7);
  CHECK(whole.add(5, 300, 40) == 300);
  CHECK(whole.place(123) == 123);
}
