// SPDX-License-Identifier: MIT
#include "pipeline/compose/occlusion.h"

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "pipeline/compose/converter.h"
#include "pipeline/media/pixel_depth.h"
#include "tests/pipeline/fakes.h"

using namespace cameo;
using namespace cameo::test;

namespace {

const cv::Point kMiddle(64, 62);

Landmarks landmarks() {
  return drawn_landmarks({64, 62}, 92);
}

/// Skin with a shadow down its left half, dark eyes and brows, red lips, and noise.
cv::Mat face() {
  cv::Mat image(kOcclusionSide, kOcclusionSide, CV_8UC3);
  cv::RNG random(11);
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      const double light = x < 55 ? 0.55 : x < 70 ? 0.55 + 0.03 * (x - 55) : 1;
      const double noise = random.gaussian(2);
      image.at<cv::Vec3b>(y, x) = {cv::saturate_cast<uchar>(118 * light + noise),
                                   cv::saturate_cast<uchar>(146 * light + noise),
                                   cv::saturate_cast<uchar>(196 * light + noise)};
    }
  }
  const Landmarks points = landmarks();
  const auto part = [&](std::size_t first, std::size_t last, const cv::Scalar& bgr) {
    std::vector<cv::Point> hull;
    for (std::size_t i = first; i <= last; ++i) hull.emplace_back(points[i]);
    cv::fillConvexPoly(image, hull, bgr);
  };
  part(17, 21, {30, 35, 45});
  part(22, 26, {30, 35, 45});
  part(36, 41, {60, 50, 40});
  part(42, 47, {60, 50, 40});
  part(48, 59, {70, 70, 170});
  return image;
}

double inside(const cv::Mat& occluded, const cv::Rect& part) {
  return cv::mean(occluded(part))[0];
}

}  // namespace

TEST_CASE("a face with half of it in shadow, eyes, brows and lips has nothing over it") {
  CHECK(inside(occlusion(face(), landmarks()), {20, 20, 88, 96}) < 0.01);
}

TEST_CASE("a cup over mouth and chin is found where it is, at 8 and at 16 bits") {
  cv::Mat image = face();
  const cv::Rect cup(48, 74, 40, 50);
  image(cup).setTo(cv::Scalar(190, 90, 40));
  for (const cv::Mat& of : {image, to_16_bit(image)}) {
    const cv::Mat occluded = occlusion(of, landmarks());
    CHECK(inside(occluded, {51, 88, 34, 30}) > 0.9);
    CHECK(inside(occluded, {20, 20, 88, 48}) < 0.02);
    CHECK(inside(occluded, {20, 74, 22, 40}) < 0.05);
  }
}

TEST_CASE("a black microphone on the lit side is found") {
  cv::Mat image = face();
  cv::circle(image, {90, 86}, 13, cv::Scalar(14, 14, 15), cv::FILLED);
  const cv::Mat occluded = occlusion(image, landmarks());
  CHECK(inside(occluded, {83, 79, 14, 14}) > 0.9);
  CHECK(inside(occluded, {20, 20, 50, 96}) < 0.02);
}

TEST_CASE("a beard and glasses stay the face's") {
  cv::Mat image = face();
  std::vector<cv::Point> beard;
  const Landmarks points = landmarks();
  for (std::size_t i = 3; i <= 13; ++i) beard.emplace_back(points[i]);
  beard.emplace_back(points[54]);
  beard.emplace_back(points[48]);
  cv::fillPoly(image, std::vector{beard}, cv::Scalar(32, 36, 44));
  for (const int x : {kMiddle.x - 18, kMiddle.x + 18})
    cv::ellipse(image, {x, 49}, {13, 9}, 0, 0, 360, cv::Scalar(20, 20, 22), 2);
  CHECK(inside(occlusion(image, landmarks()), {20, 20, 88, 96}) < 0.03);
}

TEST_CASE("a hand of the skin's own color is not found, which the header says") {
  cv::Mat image = face();
  image(cv::Rect(70, 80, 30, 30)).setTo(cv::Scalar(118, 146, 196));
  CHECK(inside(occlusion(image, landmarks()), {72, 82, 26, 26}) < 0.05);
}

TEST_CASE("a conversion leaves an occluder as it was") {
  cv::Mat frame(240, 320, CV_8UC3, cv::Scalar(60, 80, 60));
  cv::Mat large;
  cv::resize(face(), large, {200, 200});
  large.copyTo(frame(cv::Rect(60, 20, 200, 200)));
  Landmarks points = landmarks();
  for (cv::Point2f& p : points)
    p = (p + cv::Point2f(0.5, 0.5)) * (200.0F / 128) + cv::Point2f(59.5, 19.5);
  const cv::Rect cup(140, 135, 60, 80);
  frame(cup).setTo(cv::Scalar(190, 90, 40));
  const std::vector<Face> faces{{.box = {60, 20, 200, 200}, .landmarks = points}};
  FakeSwapper green = constant_swapper({10, 250, 10});
  const auto changed = [&](MaskKind kind) {
    cv::Mat result = frame.clone();
    convert_masked(result, faces, green, {.mask = {.kind = kind}, .color = ColorMatch::None});
    return cv::norm(result(cup), frame(cup), cv::NORM_L1);
  };
  CHECK(changed(MaskKind::Extended | MaskKind::Occlusion) < 0.15 * changed(MaskKind::Extended));
}
