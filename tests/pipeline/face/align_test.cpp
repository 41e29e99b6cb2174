// SPDX-License-Identifier: MIT
#include "pipeline/face/align.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/pipeline/fakes.h"

using namespace cameo;

namespace {

Transform turn_scale_shift(double degrees, double scale, double x, double y) {
  const double a = scale * std::cos(degrees * CV_PI / 180);
  const double b = scale * std::sin(degrees * CV_PI / 180);
  return {a, -b, x, b, a, y};
}

std::vector<cv::Point2d> cloud(int count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> place(-100, 100);
  std::vector<cv::Point2d> points(static_cast<std::size_t>(count));
  for (auto& p : points) p = {place(random), place(random)};
  return points;
}

double squared_error(const Transform& m, std::span<const cv::Point2d> from,
                     std::span<const cv::Point2d> to) {
  double sum = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const cv::Point2d d = cameo::apply(m, from[i]) - to[i];
    sum += d.dot(d);
  }
  return sum;
}

void check_near(const Transform& got, const Transform& wanted, double tolerance) {
  for (int i = 0; i < 6; ++i) CHECK(std::abs(got.val[i] - wanted.val[i]) <= tolerance);
}

Landmarks face_at(const Transform& unit_to_frame) {
  Landmarks landmarks(kIbug68);
  const auto mean = mean_face();
  for (std::size_t i = 0; i < mean.size(); ++i)
    landmarks.at(17 + i) = cv::Point2f(cameo::apply(unit_to_frame, mean[i]));
  return landmarks;
}

}  // namespace

TEST_CASE("similarity finds a known rotation, scale and shift") {
  const auto from = cloud(51, 1);
  const Transform wanted = turn_scale_shift(33, 1.7, -12, 250);
  std::vector<cv::Point2d> to(from.size());
  std::transform(from.begin(), from.end(), to.begin(),
                 [&](const auto& p) { return cameo::apply(wanted, p); });
  check_near(similarity(from, to), wanted, 1e-11);
}

TEST_CASE("two points fix a similarity: worked out by hand") {
  const std::vector<cv::Point2d> from = {{0, 0}, {1, 0}};
  const std::vector<cv::Point2d> to = {{5, 5}, {5, 7}};  // a quarter turn, doubled
  check_near(similarity(from, to), {0, -2, 5, 2, 0, 5}, 1e-15);
}

TEST_CASE("no other similarity nearby has a smaller squared error") {
  const auto from = cloud(20, 2);
  const auto to = cloud(20, 3);
  const Transform best = similarity(from, to);
  const double least = squared_error(best, from, to);
  for (const double step : {-1e-3, 1e-3}) {
    for (int which = 0; which < 4; ++which) {
      Transform other = best;
      if (which == 0) other(0, 0) += step, other(1, 1) += step;
      if (which == 1) other(0, 1) -= step, other(1, 0) += step;
      if (which == 2) other(0, 2) += step;
      if (which == 3) other(1, 2) += step;
      CHECK(squared_error(other, from, to) > least);
    }
  }
}

TEST_CASE("a mirrored set is mapped without a mirror") {
  const auto from = cloud(20, 4);
  std::vector<cv::Point2d> to(from.size());
  std::transform(from.begin(), from.end(), to.begin(),
                 [](const auto& p) { return cv::Point2d(-p.x, p.y); });
  const Transform m = similarity(from, to);
  CHECK(m(0, 0) == m(1, 1));
  CHECK(m(0, 1) == -m(1, 0));
}

TEST_CASE("similarity refuses what has no answer") {
  const std::vector<cv::Point2d> same = {{3, 3}, {3, 3}, {3, 3}};
  const std::vector<cv::Point2d> three = {{0, 0}, {1, 0}, {0, 1}};
  const std::vector<cv::Point2d> two = {{0, 0}, {1, 0}};
  CHECK_THROWS_AS(similarity(same, three), Error);
  CHECK_THROWS_AS(similarity(three, two), Error);
  CHECK_THROWS_AS(similarity(std::span(two).first(1), std::span(two).first(1)), Error);
}

TEST_CASE("the mean face has 51 points and its known centroid") {
  const auto mean = mean_face();
  REQUIRE(mean.size() == 51);
  cv::Point2d sum;
  for (const auto& p : mean) sum += p;
  CHECK(sum.x / 51 == doctest::Approx(0.490127).epsilon(1e-6));
  CHECK(sum.y / 51 == doctest::Approx(0.464424).epsilon(1e-6));
}

TEST_CASE("a mean face that was moved aligns to the unit square, and the jaw has no say") {
  const Transform to_frame = turn_scale_shift(-20, 160, 300, 200);
  Landmarks landmarks = face_at(to_frame);
  for (std::size_t i = 0; i < 17; ++i) landmarks.at(i) = {-1e4F, 9e3F};
  // Landmarks are floats of a few hundred pixels: 3e-5 px, 2e-7 of the square, and the shift
  // magnifies that by the distance of the frame's origin.
  check_near(align_unit(landmarks), invert(to_frame), 1e-5);
}

TEST_CASE("aligned pixels are padding + (size - 2 padding) u") {
  const Transform to_frame = turn_scale_shift(10, 200, 40, 60);
  const Transform m = align_to(align_unit(face_at(to_frame)), 256, 48);
  const cv::Point2d corner = cameo::apply(m, cameo::apply(to_frame, {0, 0}));
  const cv::Point2d middle = cameo::apply(m, cameo::apply(to_frame, {0.5, 0.25}));
  CHECK(std::abs(corner.x - 48) < 1e-3);
  CHECK(std::abs(corner.y - 48) < 1e-3);
  CHECK(std::abs(middle.x - (48 + 160 * 0.5)) < 1e-3);
  CHECK(std::abs(middle.y - (48 + 160 * 0.25)) < 1e-3);
  CHECK_THROWS_AS(align_to(m, 96, 48), Error);
}

TEST_CASE("a transform and its inverse undo each other") {
  const Transform m = {1.5, -0.3, 7, 0.4, 2.5, -9};
  const cv::Point2d p = {12.5, -3};
  const cv::Point2d back = cameo::apply(invert(m), cameo::apply(m, p));
  CHECK(std::abs(back.x - p.x) < 1e-12);
  CHECK(std::abs(back.y - p.y) < 1e-12);
  CHECK_THROWS_AS(invert({1, 2, 0, 2, 4, 0}), Error);
}

TEST_CASE("a face of non-square pixels is aligned as the shown face is") {
  const Landmarks shown = test::drawn_landmarks({200, 150}, 100, 20);
  Landmarks stored = shown;
  for (cv::Point2f& p : stored) p.x *= 0.75F;  // each pixel is 4/3 as wide as high
  const Transform expected = align_unit(shown);
  const Transform unit = align_unit(stored, 4.0 / 3);
  for (std::size_t i = 0; i < shown.size(); ++i)
    CHECK(cv::norm(apply(unit, stored[i]) - apply(expected, shown[i])) < 1e-5);
  CHECK_THROWS_AS(align_unit(stored, 0), Error);
}
