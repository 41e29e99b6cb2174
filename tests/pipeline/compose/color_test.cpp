// SPDX-License-Identifier: MIT
#include "pipeline/compose/color.h"

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "tests/pipeline/fakes.h"

using namespace cameo;
using namespace cameo::test;

namespace {

cv::Mat flat(const cv::Scalar& bgr) {
  return {8, 8, CV_32FC3, bgr};
}

cv::Mat noise(const cv::Scalar& mean, double spread) {
  cv::Mat image(32, 32, CV_32FC3);
  cv::RNG random(7);
  random.fill(image, cv::RNG::NORMAL, mean, cv::Scalar::all(spread));
  return image;
}

/// Mean and standard deviation of L, a, b.
std::array<cv::Scalar, 2> lab_moments(const cv::Mat& bgr) {
  cv::Mat lab = bgr / 255;
  cv::cvtColor(lab, lab, cv::COLOR_BGR2Lab);
  std::array<cv::Scalar, 2> found;
  cv::meanStdDev(lab, found[0], found[1]);
  return found;
}

}  // namespace

TEST_CASE("the average shift counts pixels by their weights") {
  const cv::Mat drawn = flat({100, 100, 100});
  cv::Mat there = flat({110, 120, 90});
  there(cv::Rect(0, 0, 8, 4)).setTo(cv::Scalar(0, 0, 0));
  cv::Mat weight = cv::Mat::ones(8, 8, CV_32FC1);
  weight(cv::Rect(0, 0, 8, 4)).setTo(0);
  CHECK(average_shift(drawn, there, weight) == cv::Vec3d(10, 20, -10));
  CHECK(average_shift(drawn, there, {}) == cv::Vec3d(-45, -40, -55));
}

TEST_CASE("matching averages moves every pixel alike and stays in range") {
  cv::Mat drawn = flat({100, 200, 50});
  drawn.at<cv::Vec3f>(0, 0) = {250, 200, 0};
  cv::Mat weight = cv::Mat::ones(8, 8, CV_32FC1);
  weight.at<float>(0, 0) = 0;
  const cv::Mat result = match_color(drawn, flat({120, 190, 40}), weight, ColorMatch::Average);
  CHECK(result.at<cv::Vec3f>(3, 3) == cv::Vec3f(120, 190, 40));
  CHECK(result.at<cv::Vec3f>(0, 0) == cv::Vec3f(255, 190, 0));
}

TEST_CASE("matching in Lab gives equal means and spreads") {
  const cv::Mat drawn = noise({120, 130, 150}, 8);
  const cv::Mat there = noise({90, 110, 170}, 12);
  const auto wanted = lab_moments(there);
  const auto got = lab_moments(match_color(drawn, there, {}, ColorMatch::Lab));
  for (int c = 0; c < 3; ++c) {
    CHECK(got[0][c] == doctest::Approx(wanted[0][c]).epsilon(0.01));
    CHECK(got[1][c] == doctest::Approx(wanted[1][c]).epsilon(0.02));
  }
}

TEST_CASE("matching in Lab changes a spread at most twofold") {
  const auto before = lab_moments(noise({120, 130, 150}, 2));
  const cv::Mat drawn = noise({120, 130, 150}, 2);
  const auto got = lab_moments(match_color(drawn, noise({120, 130, 150}, 20), {}, ColorMatch::Lab));
  CHECK(got[1][0] == doctest::Approx(2 * before[1][0]).epsilon(0.02));
}

TEST_CASE("a face of one colour takes the other's mean in Lab") {
  const cv::Mat result =
      match_color(flat({100, 100, 100}), flat({60, 80, 180}), {}, ColorMatch::Lab);
  CHECK(largest_difference(result, flat({60, 80, 180})) < 0.5);
}

TEST_CASE("without weights anywhere colours stay") {
  const cv::Mat none = cv::Mat::zeros(8, 8, CV_32FC1);
  for (const auto& [name, how] : color_words()) {
    CAPTURE(name);
    CHECK(largest_difference(match_color(flat({1, 2, 3}), flat({9, 9, 9}), none, how),
                             flat({1, 2, 3})) == 0);
  }
}

TEST_CASE("colour methods go by name") {
  CHECK(color_match("lab") == ColorMatch::Lab);
  CHECK(color_match("avg") == ColorMatch::Average);
  CHECK(color_match("none") == ColorMatch::None);
  for (const auto& [name, how] : color_words()) CHECK(color_match(name) == how);
  CHECK_THROWS_WITH_AS(color_match("oil"), doctest::Contains("none, avg, lab, mkl, hist"), Error);
}
