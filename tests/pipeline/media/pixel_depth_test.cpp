// SPDX-License-Identifier: MIT
#include "pipeline/media/pixel_depth.h"

#include <doctest/doctest.h>

#include "base/error.h"

using namespace cameo;

TEST_CASE("pixel depth: 8 bits become 16 and come back as they were") {
  cv::Mat image(1, 256, CV_8UC3);
  for (int i = 0; i < 256; ++i) image.at<cv::Vec3b>(i) = cv::Vec3b::all(static_cast<uchar>(i));
  const cv::Mat deep = to_16_bit(image);
  CHECK(deep.type() == CV_16UC3);
  CHECK(deep.at<cv::Vec3w>(255) == cv::Vec3w::all(65535));
  CHECK(cv::norm(to_8_bit(deep), image, cv::NORM_INF) == 0);
}

TEST_CASE("pixel depth: an image that has the depth already is handed on, not copied") {
  const cv::Mat image(2, 2, CV_8UC3, cv::Scalar::all(7));
  CHECK(to_8_bit(image).data == image.data);
  const cv::Mat deep(2, 2, CV_16UC1, cv::Scalar::all(700));
  CHECK(to_16_bit(deep).data == deep.data);
}

TEST_CASE("pixel depth: 16 bits are rounded to the nearest 8-bit value") {
  const cv::Mat deep = (cv::Mat_<std::uint16_t>(1, 4) << 128, 129, 385, 386);
  const cv::Mat flat = to_8_bit(deep);
  CHECK(flat.at<uchar>(0) == 0);
  CHECK(flat.at<uchar>(1) == 1);
  CHECK(flat.at<uchar>(2) == 1);
  CHECK(flat.at<uchar>(3) == 2);
}

TEST_CASE("pixel depth: float images are refused") {
  CHECK_THROWS_AS(to_8_bit(cv::Mat(1, 1, CV_32FC3)), Error);
}

TEST_CASE("a drawing on the 8-bit version of an image leaves all 16 bits of the rest") {
  cv::Mat deep(2, 2, CV_16UC3, cv::Scalar(1000, 40001, 65535));
  const cv::Mat before = to_8_bit(deep);
  cv::Mat drawn = before.clone();
  drawn.at<cv::Vec3b>(0, 1) = {0, 255, 100};
  const cv::Mat result = with_drawing(deep, before, drawn);
  CHECK(result.at<cv::Vec3w>(0, 0) == cv::Vec3w(1000, 40001, 65535));
  // 1000 is level 4 and 40001 level 156; what they have beyond the level stays.
  CHECK(result.at<cv::Vec3w>(0, 1) == cv::Vec3w(0, 65444, 25700));
  CHECK_THROWS_AS(with_drawing(before, before, drawn), Error);
}
