// SPDX-License-Identifier: MIT
#include "pipeline/measure/clip.h"

#include <doctest/doctest.h>

#include "tests/pipeline/fakes.h"

using namespace cameo;
using namespace cameo::test;

namespace {

/// A grey frame whose swap is `change` lighter; its face lies at x, and is found at `found`.
ClipFrame frame(const std::string& name, float x = 60, int change = 10, float found = 0) {
  const cv::Size size(120, 90);
  const cv::Mat original(size, CV_8UC3, cv::Scalar::all(100));
  const cv::Mat swap(size, CV_8UC3, cv::Scalar::all(100 + change));
  return {.name = name,
          .images = {swap, original, cv::Mat(size, CV_8UC1, cv::Scalar(255))},
          .face = drawn_landmarks({x, 45}, 60),
          .swap = drawn_landmarks({x + found, 45}, 60),
          .original = drawn_landmarks({x, 45}, 60)};
}

}  // namespace

TEST_CASE("frames follow each other by the numbers at the end of their names") {
  CHECK(follows(frame("9"), frame("10")));
  CHECK(follows(frame("take2_0099"), frame("take2_0100")));
  CHECK_FALSE(follows(frame("take2_7"), frame("take3_8")));
  CHECK_FALSE(follows(frame("7"), frame("9")));
  CHECK_FALSE(follows(frame("8"), frame("7")));
  CHECK_FALSE(follows(frame("anna"), frame("anna")));
  CHECK_FALSE(follows(frame("anna"), frame("anna1")));
}

TEST_CASE("a face that jumps or appears ends the clip") {
  // The eyes are 24 pixels apart.
  CHECK(follows(frame("7", 40), frame("8", 51)));
  CHECK_FALSE(follows(frame("7", 40), frame("8", 53)));
  ClipFrame unknown = frame("8");
  unknown.face.clear();
  CHECK_FALSE(follows(frame("7"), unknown));
  ClipFrame next = unknown;
  next.name = "9";
  CHECK(follows(unknown, next));
}

TEST_CASE("flicker is known from the second frame, jitter of a frame once the next one is") {
  Clip clip;
  const ClipMeasures first = clip.add(frame("1"));
  CHECK_FALSE(first.flicker);
  CHECK_FALSE(first.jitter);
  const ClipMeasures second = clip.add(frame("2", 62, 13, 3));
  CHECK(*second.flicker == doctest::Approx(3));
  CHECK_FALSE(second.jitter);
  const ClipMeasures third = clip.add(frame("3", 64, 11));
  CHECK(*third.flicker == doctest::Approx(2));
  CHECK(*third.jitter == doctest::Approx(6).epsilon(1e-4));
  CHECK(*third.jitter_original < 1e-4);
  CHECK(clip.add(frame("4", 66)).jitter.has_value());
}

TEST_CASE("a gap begins a new clip, and frames without landmarks or of another size have less") {
  Clip clip;
  clip.add(frame("1"));
  clip.add(frame("2"));
  CHECK_FALSE(clip.add(frame("4")).flicker);
  CHECK_FALSE(clip.add(frame("5")).jitter);
  ClipFrame lost = frame("6");
  lost.swap.clear();
  const ClipMeasures known = clip.add(lost);
  CHECK(known.flicker.has_value());
  CHECK_FALSE(known.jitter);
  CHECK(known.jitter_original.has_value());
  ClipFrame small = frame("7");
  for (cv::Mat* image : {&small.images.swap, &small.images.original, &small.images.mask})
    *image = (*image)(cv::Rect(0, 0, 50, 50)).clone();
  CHECK_FALSE(clip.add(small).flicker);
}
