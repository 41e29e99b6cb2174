// SPDX-License-Identifier: MIT
#include "pipeline/measure/sharpness.h"

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "base/error.h"

using namespace cameo;

namespace {

const cv::Size kSize(60, 50);

/// Grey that rises by `step` a pixel to the right.
cv::Mat slope(int step) {
  cv::Mat image(kSize, CV_8UC3);
  for (int x = 0; x < image.cols; ++x) image.col(x).setTo(cv::Scalar::all(step * x));
  return image;
}

cv::Mat box(const cv::Rect& where) {
  cv::Mat mask = cv::Mat::zeros(kSize, CV_8UC1);
  mask(where).setTo(255);
  return mask;
}

}  // namespace

TEST_CASE("the mean gradient of a slope is its rise a pixel, and sharpness the share of two") {
  const cv::Mat everywhere = box({0, 0, 60, 50});
  CHECK(*mean_gradient(slope(3), everywhere) == doctest::Approx(3).epsilon(1e-9));
  CHECK(*sharpness(slope(3), slope(4), everywhere) == doctest::Approx(0.75).epsilon(1e-9));
  CHECK(*sharpness(slope(4), slope(4), everywhere) == 1);
}

TEST_CASE("blur lowers sharpness, and more blur lowers it more") {
  cv::Mat noise(kSize, CV_8UC3);
  cv::RNG(3).fill(noise, cv::RNG::UNIFORM, 0, 256);
  const cv::Mat mask = box({10, 10, 40, 30});
  cv::Mat little, much;
  cv::GaussianBlur(noise, little, {}, 0.8);
  cv::GaussianBlur(noise, much, {}, 2);
  CHECK(*sharpness(little, noise, mask) < 0.8);
  CHECK(*sharpness(much, noise, mask) < 0.5 * *sharpness(little, noise, mask));
}

TEST_CASE("sharpness sees nothing of what lies outside the mask, its edge included") {
  const cv::Rect inside(20, 15, 20, 20);
  cv::Mat image = slope(2);
  image.setTo(cv::Scalar::all(255), box(inside) == 0);
  CHECK(*mean_gradient(image, box(inside)) == doctest::Approx(2).epsilon(1e-9));
}

TEST_CASE("sharpness is not known where the reference is flat or the mask too thin") {
  const cv::Mat flat(kSize, CV_8UC3, cv::Scalar::all(90));
  CHECK_FALSE(sharpness(slope(2), flat, box({10, 10, 20, 20})));
  CHECK_FALSE(sharpness(slope(2), slope(2), box({10, 10, 20, 2})));
  CHECK_FALSE(sharpness(slope(2), slope(2), box({0, 0, 60, 2})));
  CHECK_THROWS_AS(sharpness(slope(2), slope(2), cv::Mat::zeros(9, 9, CV_8UC1)), Error);
}
