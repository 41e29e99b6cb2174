// SPDX-License-Identifier: MIT
#include "pipeline/measure/quality.h"

#include <cmath>

#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/pipeline/fakes.h"

using namespace cameo;
using namespace cameo::test;

namespace {

cv::Mat grey(int value, int side = 16) {
  return {side, side, CV_8UC3, cv::Scalar::all(value)};
}

/// Two textures that any language can make: 24 x 20 pixels from a few integer products.
cv::Mat texture(int which) {
  cv::Mat image(20, 24, CV_8UC3);
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      for (int c = 0; c < 3; ++c) {
        const int base = (x * 7 + y * 13 + c * 29 + x * y * 3) % 200;
        const int change = (x * x * 5 + y * 11 + c * 17) % 41 - 20;
        const int value = which == 0 ? base + 25 : base + 25 + change;
        image.at<cv::Vec3b>(y, x)[c] = cv::saturate_cast<uchar>(value);
      }
    }
  }
  return image;
}

cv::Mat disc() {
  cv::Mat mask = cv::Mat::zeros(20, 24, CV_8UC1);
  for (int y = 0; y < 20; ++y) {
    for (int x = 0; x < 24; ++x) {
      if ((x - 12) * (x - 12) + (y - 9) * (y - 9) <= 36) mask.at<uchar>(y, x) = 255;
    }
  }
  return mask;
}

}  // namespace

TEST_CASE("equal images have SSIM 1 and the largest PSNR") {
  CHECK(ssim(texture(0), texture(0)) == doctest::Approx(1));
  CHECK(ssim(texture(0), texture(0), disc()) == doctest::Approx(1));
  CHECK(psnr(texture(0), texture(0)) == kMaxPsnr);
}

TEST_CASE("a constant offset has a closed form in both measures") {
  // No variance: only the luminance term is left, (2 m n + c1) / (m m + n n + c1).
  const double c1 = 6.5025;
  const double wanted = (2.0 * 100 * 140 + c1) / (100.0 * 100 + 140.0 * 140 + c1);
  CHECK(ssim(grey(100), grey(140)) == doctest::Approx(wanted).epsilon(1e-9));
  CHECK(psnr(grey(100), grey(140)) == doctest::Approx(20 * std::log10(255.0 / 40)));
}

TEST_CASE("PSNR counts only what the mask holds") {
  cv::Mat changed = grey(100);
  changed(cv::Rect(0, 0, 8, 16)).setTo(cv::Scalar::all(110));
  cv::Mat left = cv::Mat::zeros(16, 16, CV_8UC1);
  left(cv::Rect(0, 0, 8, 16)).setTo(1);
  CHECK(psnr(grey(100), changed, left) == doctest::Approx(20 * std::log10(255.0 / 10)));
  CHECK(psnr(grey(100), changed) == doctest::Approx(10 * std::log10(255.0 * 255 / 50)));
  CHECK(psnr(grey(100), changed, left == 0) == kMaxPsnr);
}

// Golden numbers: a plain Python loop over the same two textures, all 121 window weights
// exp(-(i i + j j) / 4.5) summed directly in double precision (no separable filter), indices
// mirrored past the edge, luma unrounded.
TEST_CASE("SSIM and PSNR of two textures are those of an independent computation") {
  const cv::Mat a = texture(0);
  const cv::Mat b = texture(1);
  CHECK(ssim(a, b) == doctest::Approx(0.991124249217512).epsilon(1e-9));
  CHECK(ssim(a, b, disc()) == doctest::Approx(0.9911023972329965).epsilon(1e-9));
  CHECK(ssim_map(a, b).at<double>(0, 0) == doctest::Approx(0.9613451494066735).epsilon(1e-9));
  CHECK(psnr(a, b) == doctest::Approx(26.65401890059944).epsilon(1e-9));
  CHECK(psnr(a, b, disc()) == doctest::Approx(26.675566948616183).epsilon(1e-9));
}

TEST_CASE("measures refuse what cannot be compared") {
  CHECK_THROWS_AS(psnr(grey(1, 16), grey(1, 17)), Error);
  CHECK_THROWS_AS(ssim(grey(1, 10), grey(1, 10)), Error);
  CHECK_THROWS_AS(ssim(grey(1), grey(1), cv::Mat::zeros(16, 16, CV_8UC1)), Error);
  CHECK_THROWS_AS(psnr(grey(1), grey(1), cv::Mat::zeros(16, 16, CV_8UC1)), Error);
}
