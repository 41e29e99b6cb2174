// SPDX-License-Identifier: MIT
#include "pipeline/measure/flicker.h"

#include <cmath>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>

#include "base/error.h"

using namespace cameo;

namespace {

const cv::Size kSize(20, 16);

cv::Mat box(const cv::Rect& where) {
  cv::Mat mask = cv::Mat::zeros(kSize, CV_8UC1);
  mask(where).setTo(255);
  return mask;
}

/// Footage of one brightness and a swap that is `change` away from it inside the mask.
SwappedFrame frame(int footage, const cv::Scalar& change, const cv::Mat& mask) {
  const cv::Mat original(kSize, CV_8UC3, cv::Scalar::all(footage));
  cv::Mat swap = original.clone();
  swap.setTo(cv::Scalar::all(footage) + change, mask);
  return {swap, original, mask};
}

}  // namespace

TEST_CASE("a swap that keeps its difference to the footage does not flicker") {
  const cv::Mat mask = box({4, 4, 8, 8});
  CHECK(*flicker(frame(90, {20, -30, 10}, mask), frame(90, {20, -30, 10}, mask)) == 0);
  // The light of the footage changes and the swap's with it.
  CHECK(*flicker(frame(90, {20, -30, 10}, mask), frame(120, {20, -30, 10}, mask)) == 0);
}

TEST_CASE("flicker is the mean change over the channels, either way, inside both masks") {
  const cv::Mat mask = box({4, 4, 8, 8});
  CHECK(*flicker(frame(90, {0, 0, 0}, mask), frame(90, {6, -9, 0}, mask)) == doctest::Approx(5));
  const SwappedFrame left = frame(90, {10, 10, 10}, box({2, 4, 6, 8}));
  const SwappedFrame right = frame(90, {40, 40, 40}, box({6, 4, 6, 8}));
  CHECK(*flicker(left, right) == doctest::Approx(30));
}

TEST_CASE("a face that moves and is drawn alike does not flicker") {
  // Something to see: smooth noise. The swap adds other noise to it, inside a disc; all of it
  // moves.
  const auto moved = [](double dx, double dy) {
    cv::Mat original(96, 128, CV_8UC3), swap, mask = cv::Mat::zeros(96, 128, CV_8UC1);
    for (int y = 0; y < original.rows; ++y)
      for (int x = 0; x < original.cols; ++x) {
        const double u = x - dx, v = y - dy;
        original.at<cv::Vec3b>(y, x) = cv::Vec3b::all(cv::saturate_cast<uchar>(
            110 + 40 * std::sin(u / 5) * std::cos(v / 6) + 30 * std::sin(u / 11 + v / 7)));
      }
    swap = original.clone();
    for (int y = 0; y < original.rows; ++y)
      for (int x = 0; x < original.cols; ++x) {
        const double u = x - dx, v = y - dy;
        if (std::hypot(u - 60, v - 48) > 25) continue;
        mask.at<uchar>(y, x) = 255;
        swap.at<cv::Vec3b>(y, x) +=
            cv::Vec3b::all(cv::saturate_cast<uchar>(20 + 20 * std::sin(u / 4)));
      }
    return SwappedFrame{swap, original, mask};
  };
  const SwappedFrame before = moved(0, 0), after = moved(3, -2);
  CHECK(*flicker(before, after) < 2);
  // Drawn where it was, in footage that moves, it slides over the face.
  SwappedFrame slides = after;
  cv::add(after.original, before.swap - before.original, slides.swap);
  CHECK(*flicker(before, slides) > 6);
}

TEST_CASE("flicker is not known where the masks do not meet, and wants one size") {
  CHECK_FALSE(flicker(frame(90, {}, box({0, 0, 5, 5})), frame(90, {}, box({9, 9, 5, 5}))));
  SwappedFrame small = frame(90, {}, box({0, 0, 5, 5}));
  small.mask = cv::Mat::zeros(3, 3, CV_8UC1);
  CHECK_THROWS_AS(flicker(small, frame(90, {}, box({0, 0, 5, 5}))), Error);
  CHECK_THROWS_AS(flicker(frame(90, {}, box({0, 0, 5, 5})), small), Error);
}
