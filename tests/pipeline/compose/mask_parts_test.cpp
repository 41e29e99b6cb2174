// SPDX-License-Identifier: MIT
#include "pipeline/compose/mask_parts.h"

#include <cmath>

#include <doctest/doctest.h>

#include "pipeline/compose/converter.h"
#include "pipeline/face/align.h"
#include "pipeline/face/pose.h"
#include "tests/pipeline/fakes.h"

using namespace cameo;
using namespace cameo::test;

namespace {

const cv::Size kFrame(320, 240);

/// The drawn face turned by `degrees` to the image's right, with depths as of an adult's head: the
/// rigid points' own, and jaw points on a half circle.
Landmarks turned(double degrees, float roll = 0) {
  Landmarks points = drawn_landmarks({0, 0}, 110);
  const double c = std::cos(degrees * CV_PI / 180), s = std::sin(degrees * CV_PI / 180);
  std::vector<double> depth(kIbug68, 0);
  for (std::size_t i = 0; i < kIbug68; ++i) {
    const double x = std::min(std::abs(points[i].x) / 55.0, 1.0);
    depth[i] = i < 17 ? -70 * x * x : -15 * x * x;
  }
  for (const RigidPoint& p : rigid_face()) depth[p.landmark] = -p.at.z * 80;
  const double rc = std::cos(roll * CV_PI / 180), rs = std::sin(roll * CV_PI / 180);
  for (std::size_t i = 0; i < kIbug68; ++i) {
    const double x = c * points[i].x + s * depth[i], y = points[i].y;
    points[i] = {static_cast<float>(160 + rc * x - rs * y),
                 static_cast<float>(120 + rs * x + rc * y)};
  }
  return points;
}

struct Placed {
  PlacedSquare square;
  Mask mask;
};

Placed placed(const Landmarks& face) {
  Placed made{.square = place_square(face, {})};
  made.mask = make_mask(kFrame, face, made.square);
  return made;
}

float at(const Mask& mask, cv::Point2f p) {
  return mask.weight.at<float>(cv::Point(p) - mask.where.tl());
}

}  // namespace

TEST_CASE("kept eyes and mouth stay the frame's own, and the rest of the mask as it was") {
  const Landmarks face = drawn_landmarks({160, 120}, 110, 10);
  const auto middle = [&](int first, int last) {
    cv::Point2f sum;
    for (int i = first; i <= last; ++i) sum += face[static_cast<std::size_t>(i)];
    return sum / (last - first + 1);
  };
  const Placed whole = placed(face);
  for (const bool eyes : {false, true}) {
    Placed kept = placed(face);
    const MaskKind kind = eyes ? MaskKind::KeepEyes : MaskKind::KeepMouth;
    keep_parts(kept.mask, face, kept.square, MaskKind::Hull | kind);
    CHECK(at(whole.mask, middle(36, 41)) == 1);
    CHECK(at(kept.mask, middle(36, 41)) == (eyes ? 0 : 1));
    CHECK(at(kept.mask, middle(42, 47)) == (eyes ? 0 : 1));
    CHECK(at(kept.mask, face[37]) == (eyes ? 0 : 1));
    CHECK(at(kept.mask, middle(48, 59)) == (eyes ? 1 : 0));
    CHECK(at(kept.mask, face[30]) == 1);
    CHECK(largest_difference(cv::min(kept.mask.weight, whole.mask.weight), kept.mask.weight) == 0);
  }
  Placed same = placed(face);
  keep_parts(same.mask, face, same.square, MaskKind::FaceHullAndRect);
  CHECK(largest_difference(same.mask.weight, whole.mask.weight) == 0);
}

TEST_CASE("the far side of a turned face fades more the further it turns") {
  CHECK(far_side_fade(20) == 0);
  CHECK(far_side_fade(-45) == doctest::Approx(0.5));
  CHECK(far_side_fade(80) == 1);
  for (const double direction : {1.0, -1.0}) {
    double before = 2;
    for (const double yaw : {0.0, 40.0, 55.0, 70.0}) {
      const Landmarks face = turned(direction * yaw, 12);
      CAPTURE(yaw);
      Placed made = placed(face);
      const cv::Mat whole = made.mask.weight.clone();
      fade_far_side(made.mask, face, made.square, 1);
      const bool left = direction < 0;
      double kept = 0;  // share of the weight between the nose and the far contour
      double all = 0;
      for (int y = 0; y < whole.rows; ++y) {
        for (int x = 0; x < whole.cols; ++x) {
          const cv::Point2d p(made.mask.where.x + x, made.mask.where.y + y);
          const double across =
              apply(made.square.unit, p).x - apply(made.square.unit, cv::Point2d(face[27])).x;
          const bool far = left ? across < 0 : across > 0;
          if (!far) REQUIRE(made.mask.weight.at<float>(y, x) == whole.at<float>(y, x));
          if (!far) continue;
          kept += made.mask.weight.at<float>(y, x);
          all += whole.at<float>(y, x);
        }
      }
      if (yaw == 0) CHECK(kept == all);
      CHECK(kept / all < before);
      before = kept / all + 1e-12;
      if (yaw == 0) before = 1;
      Placed off = placed(face);
      fade_far_side(off.mask, face, off.square, 0);
      CHECK(largest_difference(off.mask.weight, whole) == 0);
    }
    CHECK(before < 0.75);
  }
}

TEST_CASE("a conversion of a turned face leaves its far contour, unless it is told not to fade") {
  const std::vector<Face> faces{{.box = {100, 60, 120, 120}, .landmarks = turned(60)}};
  FakeSwapper blue = constant_swapper({250, 10, 10});
  cv::Mat faded = ramp(320, 240), whole = faded.clone();
  const cv::Mat frame = faded.clone();
  convert_masked(faded, faces, blue, {.color = ColorMatch::None});
  convert_masked(whole, faces, blue, {.mask = {.far_side = 0}, .color = ColorMatch::None});
  const auto changed = [&](const cv::Mat& image) { return cv::norm(image, frame, cv::NORM_L1); };
  CHECK(changed(faded) < 0.97 * changed(whole));
  CHECK(changed(faded) > 0.5 * changed(whole));
}
