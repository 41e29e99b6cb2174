// SPDX-License-Identifier: MIT
#include "pipeline/media/color_profile.h"

#include <lcms2.h>

#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/support/scratch.h"
#include "tests/support/stills.h"

using namespace cameo;
using namespace cameo::test;

namespace {

Bytes saved(cmsHPROFILE profile) {
  cmsUInt32Number size = 0;
  cmsSaveProfileToMem(profile, nullptr, &size);
  Bytes icc(size);
  cmsSaveProfileToMem(profile, icc.data(), &size);
  cmsCloseProfile(profile);
  return icc;
}

}  // namespace

TEST_CASE("a profile is judged by its colors, not by its name") {
  CHECK(is_srgb(rgb_profile({})));
  CHECK(is_srgb(saved(cmsCreate_sRGBProfile())));
  CHECK(!is_srgb(display_p3()));
  CHECK(!is_srgb(rgb_profile({}, 1.8)));
  CHECK(is_output_profile(display_p3()));
  CHECK(!is_output_profile(Bytes{1, 2, 3}));
}

TEST_CASE("the channels of a profile are known, of a damaged one none") {
  cmsToneCurve* curve = cmsBuildGamma(nullptr, 2.2);
  CHECK(profile_channels(saved(cmsCreateGrayProfile(cmsD50_xyY(), curve))) == 1);
  cmsFreeToneCurve(curve);
  CHECK(profile_channels(display_p3()) == 3);
  CHECK(profile_channels(Bytes(200, 7)) == 0);
  CHECK(profile_channels({}) == 0);
}

TEST_CASE("P3's red is sRGB's brightest, and sRGB's red has P3's known value") {
  cv::Mat red(1, 1, CV_8UC3, cv::Scalar(0, 0, 255));
  CHECK(to_srgb(red, display_p3()).at<cv::Vec3b>(0, 0) == cv::Vec3b(0, 0, 255));
  // CSS Color 4: color(srgb 1 0 0) = color(display-p3 0.9175 0.2003 0.1386).
  const cv::Vec3b p3 = from_srgb(red, display_p3()).at<cv::Vec3b>(0, 0);
  CHECK(std::abs(p3[2] - 234) <= 1);
  CHECK(std::abs(p3[1] - 51) <= 1);
  CHECK(std::abs(p3[0] - 35) <= 1);
}

TEST_CASE("a drawing changes only where it differs, and colors beyond sRGB stay around it") {
  const cv::Mat original(8, 8, CV_8UC3, cv::Scalar(0, 255, 0));  // P3's green is outside sRGB
  cv::Mat drawn = to_srgb(original, display_p3());
  drawn.at<cv::Vec3b>(2, 2) = {40, 50, 60};
  const cv::Mat result = drawn_in_profile(original, drawn, display_p3());
  CHECK(result.at<cv::Vec3b>(5, 5) == cv::Vec3b(0, 255, 0));
  CHECK(result.at<cv::Vec3b>(2, 2) != cv::Vec3b(0, 255, 0));
  const cv::Mat other(4, 4, CV_8UC3, cv::Scalar::all(90));  // another size: no difference to take
  CHECK(equal(drawn_in_profile(original, other, display_p3()), other));
}

TEST_CASE("a profile of other channels than the image is refused") {
  const cv::Mat grey(1, 1, CV_8UC1, cv::Scalar(3));
  CHECK_THROWS_AS(to_srgb(grey, display_p3()), Error);
  CHECK_THROWS_AS(rgb_profile({.red_x = 0.3, .red_y = 0.6}), Error);
}

TEST_CASE("a profile made of primaries bears no date of today") {
  const std::vector<unsigned char> icc = rgb_profile({}, 2.2);
  REQUIRE(icc.size() > 128);
  CHECK(std::vector<int>(icc.begin() + 24, icc.begin() + 36) ==
        std::vector<int>{0x07, 0xD0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0});
}
