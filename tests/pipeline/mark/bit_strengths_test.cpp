// SPDX-License-Identifier: MIT
#include "pipeline/mark/bit_strengths.h"

#include <numeric>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "pipeline/mark/residual.h"
#include "pipeline/mark/watermark_detector.h"
#include "tests/pipeline/mark/textures.h"

using namespace cameo;
using namespace cameo::test;

namespace {

const WatermarkPayload kPayload{.asset = 0x0b1d5c0ffee123};

/// Grass, say: one texture all over in the watermark's own band.
cv::Mat meadow(std::uint64_t seed) {
  cv::Mat noise(512, 512, CV_32FC1);
  cv::RNG(seed).fill(noise, cv::RNG::NORMAL, 0, 1);
  cv::GaussianBlur(noise, noise, {}, 2);
  cv::Mat grey;
  noise.convertTo(grey, CV_8U, 110, 128);
  cv::cvtColor(grey, grey, cv::COLOR_GRAY2BGR);
  return grey;
}

cv::Mat marked(cv::Mat picture, MarkedMedium medium) {
  Watermark(kPayload, kPublicMarkKey, medium).embed(picture);
  return picture;
}

}  // namespace

TEST_CASE("strengths have a mean square of 1, more for bits that the picture drowns") {
  const Carriers carriers(kPublicMarkKey);
  const BchWord word = bch_encode(pack(kPayload));
  const cv::Mat luma = mark_luma(meadow(1));
  const auto strengths =
      informed_strengths(luma, cv::Mat(8, 8, CV_32FC1, cv::Scalar(1.4)), carriers, word);
  REQUIRE(strengths);
  const auto& all = *strengths;
  const double power = std::inner_product(all.begin(), all.end(), all.begin(), 0.0);
  CHECK(power / kBchLength == doctest::Approx(1).epsilon(0.001));
  const auto shown = read_bits(luma_residual(luma), carriers, {});
  double drowned = 0;
  double borne = 0;
  for (std::size_t i = 0; i < kBchLength; ++i)
    ((shown[i] < 0) != word[i] ? drowned : borne) += static_cast<double>(all[i]);
  CHECK(drowned > 1.5 * borne);
}

TEST_CASE("a smooth picture, in which all bits are read well, keeps equal strengths") {
  const Carriers carriers(kPublicMarkKey);
  const cv::Mat luma(400, 600, CV_32FC1, cv::Scalar(100));
  const cv::Mat gain(8, 8, CV_32FC1, cv::Scalar(0.4));
  CHECK_FALSE(informed_strengths(luma, gain, carriers, bch_encode(pack(kPayload))));
}

TEST_CASE("the watermark of a still is read where the picture is one texture all over") {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    const cv::Mat picture = meadow(seed);
    const cv::Mat still = marked(picture.clone(), MarkedMedium::Still);
    CHECK(psnr(picture, still) >= 45);
    CHECK_FALSE(detect_watermark(marked(picture.clone(), MarkedMedium::Video)).payload);
    CHECK(detect_watermark(still).payload == kPayload);
    cv::Mat rotated;
    cv::rotate(still, rotated, cv::ROTATE_90_CLOCKWISE);
    CHECK(detect_watermark(rotated).payload == kPayload);
    cv::flip(rotated, rotated, 1);
    CHECK(detect_watermark(rotated).payload == kPayload);
  }
}
