// SPDX-License-Identifier: MIT
#include "pipeline/face/pose.h"

#include <cmath>

#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/pipeline/fakes.h"

using namespace cameo;
using namespace cameo::test;

namespace {

/// Landmarks of the 3-D mean face as a far camera sees it, 100 pixels a unit. Angles in degrees;
/// the nose says which way: yaw > 0 moves it to the right, pitch > 0 up, roll > 0 anticlockwise.
Landmarks seen(double yaw, double pitch, double roll) {
  Landmarks points = drawn_landmarks({40, 30}, 50);
  const auto turn = [](double& a, double& b, double degrees) {
    const double c = std::cos(degrees * CV_PI / 180);
    const double s = std::sin(degrees * CV_PI / 180);
    const double turned = c * a + s * b;
    b = c * b - s * a;
    a = turned;
  };
  for (const RigidPoint& p : rigid_face()) {
    double right = p.at.x;
    double up = -p.at.y;
    double near = -p.at.z;
    turn(up, near, pitch);
    turn(right, near, yaw);
    turn(up, right, roll);
    points[p.landmark] = {static_cast<float>(320 + 100 * right),
                          static_cast<float>(200 - 100 * up)};
  }
  return points;
}

/// Landmarks are floats of a few hundred pixels: 3e-5 of a pixel, 2e-5 degrees.
constexpr double kNear = 1e-3;

void check_pose(const HeadPose& pose, double yaw, double pitch, double roll) {
  CAPTURE(pose.yaw);
  CAPTURE(pose.pitch);
  CAPTURE(pose.roll);
  CHECK(std::abs(pose.yaw - yaw) < kNear);
  CHECK(std::abs(pose.pitch - pitch) < kNear);
  CHECK(std::abs(pose.roll - roll) < kNear);
}

}  // namespace

TEST_CASE("the mean face rotated by ten degrees about an axis has a pose of ten degrees") {
  check_pose(head_pose(seen(0, 0, 0)), 0, 0, 0);
  check_pose(head_pose(seen(10, 0, 0)), 10, 0, 0);
  check_pose(head_pose(seen(0, 10, 0)), 0, 10, 0);
  check_pose(head_pose(seen(0, 0, 10)), 0, 0, 10);
  check_pose(head_pose(seen(-40, -25, 170)), -40, -25, 170);
}

TEST_CASE("yaw above 0 moves the nose to the image's right, pitch up, roll anticlockwise") {
  const auto nose = [](const Landmarks& points) {
    return points[30] - (points[36] + points[45]) / 2;
  };
  const cv::Point2f straight = nose(seen(0, 0, 0));
  CHECK(nose(seen(10, 0, 0)).x > straight.x + 3);
  CHECK(nose(seen(0, 10, 0)).y < straight.y - 3);
  const Landmarks rolled = seen(0, 0, 10);
  CHECK(rolled[45].y < rolled[36].y - 3);  // the eye on the right is higher
}

TEST_CASE("pose errors are the differences of the angles, the short way round") {
  check_pose(pose_error(seen(3, 4, 5), seen(3, 4, 5)), 0, 0, 0);
  check_pose(pose_error(seen(12, 4, -7), seen(2, 9, 8)), 10, 5, 15);
  check_pose(pose_error(seen(0, 0, 175), seen(0, 0, -175)), 0, 0, 10);
}

TEST_CASE("pose has no part in expression, place or size") {
  const Landmarks straight = seen(8, -6, 0);
  Landmarks changed = straight;
  for (std::size_t i = 0; i < kIbug68; ++i) {
    const bool rigid = (i >= 27 && i <= 35) || i == 36 || i == 39 || i == 42 || i == 45;
    if (!rigid) changed[i] += cv::Point2f(5, 20);
    changed[i] = changed[i] * 0.5F + cv::Point2f(100, 7);
  }
  check_pose(head_pose(changed), 8, -6, 0);
}

TEST_CASE("pose wants 68 landmarks that are a face") {
  CHECK_THROWS_AS(head_pose(Landmarks(5)), Error);
  CHECK_THROWS_AS(head_pose(Landmarks(kIbug68, cv::Point2f(3, 3))), Error);
}
