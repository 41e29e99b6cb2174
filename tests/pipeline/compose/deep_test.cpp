// SPDX-License-Identifier: MIT
// Composing on frames of 16 bits a channel, see levels.h.
#include <set>

#include <doctest/doctest.h>

#include "base/error.h"
#include "pipeline/compose/blend.h"
#include "pipeline/compose/converter.h"
#include "pipeline/compose/levels.h"
#include "pipeline/media/pixel_depth.h"
#include "tests/pipeline/fakes.h"

using namespace cameo;
using namespace cameo::test;

namespace {

const std::vector<Face> kFaces{drawn_face({160, 120}, 110, 10)};

using Convert = int (*)(cv::Mat&, std::span<const Face>, Swapper&, const ComposeOptions&);

int masked(cv::Mat& frame, std::span<const Face> faces, Swapper& swapper,
           const ComposeOptions& options) {
  return convert_masked(frame, faces, swapper, options);
}

cv::Mat converted(Convert convert, cv::Mat frame, const ComposeOptions& options) {
  FakeSwapper darker(
      [](const cv::Mat& x) { return cv::Mat(x * 0.9 + cv::Scalar(0.02, 0.03, 0.001)); });
  CHECK(convert(frame, kFaces, darker, options) == 1);
  return frame;
}

/// How many values of green there are.
std::size_t values(const cv::Mat& image) {
  std::set<int> seen;
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x) seen.insert(image.at<cv::Vec3w>(y, x)[1]);
  return seen.size();
}

}  // namespace

TEST_CASE("a 16-bit frame gets what an 8-bit one gets, with fractions of a level") {
  const cv::Mat flat = ramp(320, 240), deep = to_16_bit(flat);
  for (const Convert convert : {&masked, &convert_adjust}) {
    for (const ColorMatch color : {ColorMatch::None, ColorMatch::Lab}) {
      for (const bool seamless : {false, true}) {
        CAPTURE(seamless);
        const ComposeOptions options{.color = color, .seamless = seamless};
        const cv::Mat shallow = converted(convert, flat.clone(), options);
        const cv::Mat result = converted(convert, deep.clone(), options);
        REQUIRE(result.type() == CV_16UC3);
        // 8-bit steps on the way: of the aligned face, the result, and OpenCV's clone.
        CHECK(largest_difference(in_levels(result), in_levels(shallow)) < (seamless ? 3 : 2));
        CHECK(values(result) > 3 * values(deep));
      }
    }
  }
}

TEST_CASE("outside of the mask a 16-bit frame keeps its every bit") {
  cv::Mat deep(240, 320, CV_16UC3);
  cv::RNG random(3);
  random.fill(deep, cv::RNG::UNIFORM, 0, 65536);
  const cv::Mat result = converted(&masked, deep.clone(), {.color = ColorMatch::None});
  cv::Mat changed;
  cv::absdiff(result, deep, changed);
  changed.col(0).setTo(0);
  CHECK(largest_difference(result(cv::Rect(0, 0, 80, 240)), deep(cv::Rect(0, 0, 80, 240))) == 0);
  CHECK(largest_difference(result(cv::Rect(0, 210, 320, 30)), deep(cv::Rect(0, 210, 320, 30))) ==
        0);
  CHECK(cv::countNonZero(changed.reshape(1)) > 10000);
}

TEST_CASE("a 16-bit blend rounds to its own steps and a 16-bit clone keeps its surroundings") {
  const cv::Mat there(30, 30, CV_16UC3, cv::Scalar::all(25701));
  const cv::Mat over(30, 30, CV_32FC3, cv::Scalar::all(100.25));
  cv::Mat weight(30, 30, CV_32FC1, cv::Scalar(0));
  weight(cv::Rect(10, 10, 12, 12)).setTo(0.5);
  const cv::Mat mixed = blend(over, there, weight);
  CHECK(mixed.at<cv::Vec3w>(15, 15)[0] == 25733);  // (25701 + 100.25 * 257) / 2 = 25732.6
  CHECK(mixed.at<cv::Vec3w>(5, 5)[0] == 25701);
  weight(cv::Rect(10, 10, 12, 12)).setTo(1);
  const cv::Mat cloned = clone_seamless(over, there, weight);
  CHECK(largest_difference(cloned, there) <= 1);
}

TEST_CASE("reference arithmetic refuses 16 bits, and any other depth is refused") {
  cv::Mat deep = to_16_bit(ramp(320, 240)), real = in_levels(deep);
  FakeSwapper same = identity_swapper();
  for (const Convert convert : {&masked, &convert_adjust}) {
    CHECK_THROWS_WITH_AS(convert(deep, kFaces, same, {.reference = true}),
                         doctest::Contains("8 bits a channel, got 16"), Error);
    CHECK_THROWS_WITH_AS(convert(real, kFaces, same, {}), doctest::Contains("8 or 16 bits"), Error);
  }
}
