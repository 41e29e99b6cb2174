// SPDX-License-Identifier: MIT
#include "model/data/fingerprint.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <doctest/doctest.h>

#include "model/data/image_file.h"
#include "tests/model/drawn_faces.h"
#include "tests/support/scratch.h"

using namespace cameo;
using cameo::test::contains;
using cameo::test::drawn_face;

namespace {

/// Faces of a person, each unlike any other by a pixel.
FaceSet faces(int person, int first, int count) {
  FaceSet set{.side = 32};
  for (int i = first; i < first + count; ++i) {
    Pixels face = drawn_face(person, i, 32);
    face.bgr[0] = static_cast<std::uint8_t>(i);
    set.bytes.insert(set.bytes.end(), face.bgr.begin(), face.bgr.end());
    set.files.emplace_back("face" + std::to_string(i));
  }
  return set;
}

Fingerprint print(int person, int first, int count) {
  return fingerprint_of(faces(person, first, count));
}

/// Of one grey face, told from others of its level by a byte that leaves the mean as it is.
Fingerprint grey(std::uint8_t level, std::uint8_t mark) {
  FaceSet set{.side = 32,
              .bytes = std::vector<std::uint8_t>(std::size_t{32} * 32 * 3, level),
              .files = {"f"}};
  set.bytes[0] = static_cast<std::uint8_t>(level + mark);
  return fingerprint_of(set);
}

}  // namespace

TEST_CASE("a fingerprint survives its text, and a damaged text is none") {
  const Fingerprint a = print(0, 0, 100);
  CHECK(a.sums.size() == 32);
  CHECK(parse_fingerprint(text_of(a)) == a);
  CHECK_FALSE(parse_fingerprint(text_of(a).substr(0, 500)));
  CHECK_FALSE(parse_fingerprint("x" + text_of(a).substr(1)));
  CHECK_FALSE(parse_fingerprint("no fingerprint"));
  CHECK_FALSE(parse_fingerprint(""));
}

TEST_CASE("faces that two sets share are counted, whatever their order or names") {
  CHECK(percent_shared(print(0, 0, 100), print(0, 0, 100)) == 100);
  CHECK(percent_shared(print(0, 0, 100), print(1, 0, 100)) == 0);
  CHECK(percent_shared(print(0, 0, 3), print(0, 2, 3)) == 20);
  // 32 sums are a sample: within two standard deviations of the true share.
  const auto near = [](int percent, double share) {
    return std::abs(percent / 100.0 - share) <= 2 * std::sqrt(share * (1 - share) / 32) + 0.01;
  };
  CHECK(near(percent_shared(print(0, 0, 100), print(0, 50, 100)), 50.0 / 150));
  CHECK(near(percent_shared(print(0, 0, 250), print(0, 0, 200)), 200.0 / 250));
  CHECK(near(percent_shared(print(0, 0, 250), print(0, 0, 100)), 100.0 / 250));
  CHECK(near(percent_shared(print(0, 0, 60), print(0, 0, 250)), 60.0 / 250));
  // Each of a set's 32 sums is in one of its halves; both percentages are rounded down.
  const Fingerprint all = print(0, 0, 250);
  const int halves =
      percent_shared(all, print(0, 0, 125)) + percent_shared(all, print(0, 125, 125));
  CHECK((halves == 99 || halves == 100));
  CHECK(percent_shared({}, {}) == 0);
}

TEST_CASE("a mean of one colour is that colour") {
  const Fingerprint one = grey(77, 0);
  CHECK(std::all_of(one.mean.begin(), one.mean.end(), [](auto x) { return x == 77; }));
  CHECK(mean_difference(one, grey(87, 0)) == doctest::Approx(10));
}

TEST_CASE("exchanged sides are noticed by shared faces, also after some were added or deleted") {
  const Fingerprint a = print(0, 0, 60), b = print(1, 0, 60);
  CHECK(why_exchanged(a, b, a, b).empty());
  CHECK(contains(why_exchanged(b, a, a, b), "100 % of A's faces are those it was trained on as B"));
  CHECK(contains(why_exchanged(print(1, 10, 60), print(0, 10, 60), a, b), "% of A's faces are"));
  CHECK(why_exchanged(print(0, 10, 60), print(1, 10, 60), a, b).empty());
}

TEST_CASE("exchanged sides are noticed by colour where all faces were extracted anew") {
  const Fingerprint a = print(0, 0, 60), b = print(1, 0, 60);
  const Fingerprint new_a = print(0, 100, 60), new_b = print(1, 100, 60);
  REQUIRE(percent_shared(a, new_a) == 0);
  CHECK(why_exchanged(new_a, new_b, a, b).empty());
  CHECK(contains(why_exchanged(new_b, new_a, a, b), "in colours"));
}

TEST_CASE("of sides that look alike, and of a model without fingerprints, nothing is said") {
  const Fingerprint a = print(0, 0, 60), twin = print(0, 100, 60);
  CHECK(why_exchanged(print(0, 200, 50), print(0, 220, 30), a, twin).empty());
  // Even where colours fit better crosswise: two greys differ by less than persons do, and 90 and
  // 84 lie nowhere near 97 and 77.
  CHECK(why_exchanged(grey(79, 1), grey(77, 1), grey(77, 0), grey(79, 0)).empty());
  CHECK(why_exchanged(grey(90, 1), grey(84, 1), grey(77, 0), grey(97, 0)).empty());
  CHECK(contains(why_exchanged(grey(96, 1), grey(78, 1), grey(77, 0), grey(97, 0)), "in colours"));
  CHECK(why_exchanged(a, twin, {}, {}).empty());
  CHECK(why_exchanged(print(0, 200, 50), grey(0, 1), {}, a).empty());  // none, which is not black
}
