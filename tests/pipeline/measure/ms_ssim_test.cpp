// SPDX-License-Identifier: MIT
#include "pipeline/measure/ms_ssim.h"

#include <cmath>

#include <doctest/doctest.h>

#include "base/error.h"
#include "pipeline/measure/quality.h"

using namespace cameo;

namespace {

/// Two textures that any language can make from a few integer products.
cv::Mat texture(int which, cv::Size size) {
  cv::Mat image(size, CV_8UC3);
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      for (int c = 0; c < 3; ++c) {
        const int base = (x * 7 + y * 13 + c * 29 + x * y * 3) % 200;
        const int change = (x * x * 5 + y * 11 + c * 17) % 101 - 50;
        image.at<cv::Vec3b>(y, x)[c] = cv::saturate_cast<uchar>(base + (which == 0 ? 0 : change));
      }
    }
  }
  return image;
}

cv::Mat grey(int value, int side) {
  return {side, side, CV_8UC3, cv::Scalar::all(value)};
}

/// Not 0 in a disc.
cv::Mat disc(cv::Size size, int x0, int y0, int radius) {
  cv::Mat mask = cv::Mat::zeros(size, CV_8UC1);
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      const int d2 = (x - x0) * (x - x0) + (y - y0) * (y - y0);
      if (d2 <= radius * radius) mask.at<uchar>(y, x) = 255;
    }
  }
  return mask;
}

const cv::Size kLarge(201, 190);

}  // namespace

TEST_CASE("equal images have a multi-scale SSIM of 1") {
  const cv::Mat image = texture(0, kLarge);
  CHECK(ms_ssim(image, image) == doctest::Approx(1));
  CHECK(ms_ssim(image, image, disc(kLarge, 90, 90, 40)) == doctest::Approx(1));
}

TEST_CASE("a constant offset lowers multi-scale SSIM by the coarsest scale's luminance alone") {
  const double c1 = 6.5025;
  const double luminance = (2.0 * 100 * 140 + c1) / (100.0 * 100 + 140.0 * 140 + c1);
  CHECK(ms_ssim(grey(100, 180), grey(140, 180)) ==
        doctest::Approx(std::pow(luminance, 0.1333)).epsilon(1e-9));
  CHECK(ms_ssim(grey(100, 100), grey(140, 100)) ==
        doctest::Approx(std::pow(luminance, 0.4760)).epsilon(1e-9));
}

// Golden numbers: a plain Python loop, all 121 window weights exp(-(i i + j j) / 4.5) summed
// directly (no separable filter), indices mirrored past the edge, luma unrounded, blocks of 2 x 2
// averaged.
TEST_CASE("multi-scale SSIM of two textures is that of an independent computation") {
  const cv::Mat a = texture(0, kLarge);
  const cv::Mat b = texture(1, kLarge);
  CHECK(ms_ssim(a, b) == doctest::Approx(0.8523776723256009).epsilon(1e-9));
  CHECK(ms_ssim(a, b, disc(kLarge, 99, 94, 90)) ==
        doctest::Approx(0.8537493250230554).epsilon(1e-9));
  CHECK(ms_ssim(a, b, disc(kLarge, 130, 120, 30)) ==
        doctest::Approx(0.8258574884775803).epsilon(1e-9));
}

TEST_CASE("what lies far from the mask changes nothing in multi-scale SSIM") {
  const cv::Size size(400, 300);
  const cv::Mat mask = disc(size, 90, 80, 30);
  const cv::Mat a = texture(0, size);
  cv::Mat b = texture(1, size);
  const double before = ms_ssim(a, b, mask);
  b(cv::Rect(250, 200, 100, 90)).setTo(cv::Scalar::all(0));
  CHECK(ms_ssim(a, b, mask) == before);
}

TEST_CASE("multi-scale SSIM refuses what cannot be compared") {
  CHECK_THROWS_AS(ms_ssim(grey(1, 16), grey(1, 17)), Error);
  CHECK_THROWS_AS(ms_ssim(grey(1, 10), grey(1, 10)), Error);
  CHECK_THROWS_AS(ms_ssim(grey(1, 16), grey(1, 16), cv::Mat::zeros(16, 16, CV_8UC1)), Error);
}
