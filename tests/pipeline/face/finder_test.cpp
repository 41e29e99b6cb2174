// SPDX-License-Identifier: MIT
#include "pipeline/face/finder.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/support/drawn.h"

using namespace cameo;
using test::drawn_face;

TEST_CASE(
    "a finder gives the faces of a frame, the same by every worker, at most as many as asked") {
  cv::Mat two(200, 400, CV_8UC3, cv::Scalar(90, 80, 70));
  drawn_face().copyTo(two(cv::Rect(0, 0, 200, 200)));
  drawn_face({}, "b").copyTo(two(cv::Rect(200, 0, 200, 200)));
  const Frame frame{.name = "n.png", .index = 5, .seconds = 0.5, .pixels = two};
  Finder finder({}, 2);
  const FrameFaces first = finder.find(frame, 0);
  const FrameFaces second = finder.find(frame, 1);
  CHECK(first.name == "n.png");
  CHECK(first.index == 5);
  CHECK(first.seconds == 0.5);
  REQUIRE(first.faces.size() == 2);
  REQUIRE(second.faces.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(first.faces[i].landmarks == second.faces[i].landmarks);
    CHECK(first.faces[i].box == second.faces[i].box);
    CHECK(!first.faces[i].distance.has_value());
  }
  CHECK(finder.seconds().detect > 0);
  CHECK(finder.seconds().landmarks > 0);
  CHECK(finder.seconds().filter == 0);

  Finder one({.max_faces = 1});
  const FrameFaces largest = one.find(frame);
  REQUIRE(largest.faces.size() == 1);
  CHECK(largest.faces[0].box == first.faces[0].box);
  CHECK_THROWS_AS(Finder({.max_faces = -1}), Error);
}
