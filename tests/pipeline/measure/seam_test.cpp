// SPDX-License-Identifier: MIT
#include "pipeline/measure/seam.h"

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "base/error.h"

using namespace cameo;

namespace {

const cv::Size kSize(100, 80);

cv::Mat ellipse() {
  cv::Mat mask = cv::Mat::zeros(kSize, CV_8UC1);
  cv::ellipse(mask, {50, 40}, {25, 18}, 20, 0, 360, cv::Scalar(255), cv::FILLED);
  return mask;
}

cv::Mat flat(int value) {
  return {kSize, CV_8UC3, cv::Scalar::all(value)};
}

/// `image` with another colour inside the ellipse.
cv::Mat patched(const cv::Mat& image, const cv::Scalar& color) {
  cv::Mat out = image.clone();
  out.setTo(color, ellipse());
  return out;
}

}  // namespace

TEST_CASE(
    "the colour step across an edge is the mean over the channels, whichever side is lighter") {
  CHECK(*color_step(flat(100), ellipse()) == doctest::Approx(0));
  CHECK(*color_step(patched(flat(100), {130, 100, 70}), ellipse()) == doctest::Approx(20));
}

TEST_CASE("a seam is what the swap adds to the step that the frame had") {
  const cv::Mat before = patched(flat(100), {110, 110, 110});
  CHECK(*seam(before, before, ellipse()) == 0);
  CHECK(*seam(patched(flat(100), cv::Scalar::all(150)), before, ellipse()) == doctest::Approx(40));
  CHECK(*seam(flat(100), before, ellipse()) == doctest::Approx(-10));
}

TEST_CASE("a step counts along all of the edge, and what lies away from it does not") {
  cv::Mat half = patched(flat(100), cv::Scalar::all(140));
  half(cv::Rect(0, 0, 50, 80)).setTo(cv::Scalar::all(100));
  // The line between the halves runs through the region too, and counts where it meets the edge.
  CHECK(*color_step(half, ellipse()) == doctest::Approx(20).epsilon(0.1).scale(0));
  cv::Mat middle = flat(100);
  cv::circle(middle, {50, 40}, 8, cv::Scalar::all(255), cv::FILLED);
  middle(cv::Rect(0, 0, 100, 10)).setTo(cv::Scalar::all(0));
  CHECK(*color_step(middle, ellipse()) == doctest::Approx(0));
}

TEST_CASE("a soft edge has less of a step than a hard one") {
  const cv::Mat hard = patched(flat(100), cv::Scalar::all(140));
  cv::Mat soft;
  cv::GaussianBlur(hard, soft, {}, 3);
  CHECK(*color_step(soft, ellipse()) < 0.7 * *color_step(hard, ellipse()));
}

TEST_CASE("there is no seam at the frame's edge or without an edge") {
  CHECK_FALSE(seam(flat(9), flat(9), cv::Mat(kSize, CV_8UC1, cv::Scalar(255))));
  CHECK_FALSE(seam(flat(9), flat(9), cv::Mat::zeros(kSize, CV_8UC1)));
  cv::Mat left = cv::Mat::zeros(kSize, CV_8UC1);
  left(cv::Rect(0, 0, 50, 80)).setTo(255);
  cv::Mat image = flat(100);
  image(cv::Rect(0, 0, 50, 80)).setTo(cv::Scalar::all(130));
  CHECK(*color_step(image, left) == doctest::Approx(30));
  CHECK_THROWS_AS(seam(flat(9), flat(9), cv::Mat::zeros(3, 3, CV_8UC1)), Error);
}
