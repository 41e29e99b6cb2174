// SPDX-License-Identifier: MIT
#include "pipeline/face/pose.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "pipeline/face/align.h"

namespace cameo {
namespace {

constexpr std::size_t kJawPoints = 17;
/// Distance of the outer corners of the eyes, 0.737 in the mean face, is about 92 mm in adults.
constexpr double kMillimetres = 92 / 0.737;

struct Depth {
  std::size_t landmark;
  double millimetres;  // in front of the outer corners of the eyes
};
constexpr std::array<Depth, 13> kDepths = {{{27, 22},
                                            {28, 31},
                                            {29, 41},
                                            {30, 50},
                                            {31, 25},
                                            {32, 31},
                                            {33, 34},
                                            {34, 31},
                                            {35, 25},
                                            {36, 0},
                                            {39, 12},
                                            {42, 12},
                                            {45, 0}}};

std::array<RigidPoint, kDepths.size()> make_rigid_face() {
  std::array<RigidPoint, kDepths.size()> points;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const cv::Point2d flat = mean_face()[kDepths.at(i).landmark - kJawPoints];
    points.at(i) = {kDepths.at(i).landmark,
                    {flat.x, flat.y, -kDepths.at(i).millimetres / kMillimetres}};
  }
  return points;
}

/// The first two rows of the map from rigid_face() to the image, without its shift.
cv::Matx23d affine_fit(const Landmarks& landmarks) {
  cv::Vec3d from_mean;
  cv::Vec2d to_mean;
  const auto count = static_cast<double>(rigid_face().size());
  for (const RigidPoint& p : rigid_face()) {
    from_mean += cv::Vec3d(p.at) / count;
    to_mean += cv::Vec2d(landmarks[p.landmark].x, landmarks[p.landmark].y) / count;
  }
  cv::Matx33d spread = cv::Matx33d::zeros();
  cv::Matx23d both = cv::Matx23d::zeros();
  for (const RigidPoint& p : rigid_face()) {
    const cv::Vec3d from = cv::Vec3d(p.at) - from_mean;
    const cv::Vec2d to = cv::Vec2d(landmarks[p.landmark].x, landmarks[p.landmark].y) - to_mean;
    spread += from * from.t();
    both += to * from.t();
  }
  return both * spread.inv();
}

double degrees(double radians) {
  return radians * 180 / CV_PI;
}

double apart(double a, double b) {
  return std::abs(std::remainder(a - b, 360.0));
}

}  // namespace

std::span<const RigidPoint> rigid_face() {
  static const auto face = make_rigid_face();
  return face;
}

HeadPose head_pose(const Landmarks& landmarks) {
  check_ibug68("pose", landmarks);
  const cv::Matx23d map = affine_fit(landmarks);
  cv::Mat sizes, u, vt;
  cv::SVD::compute(cv::Mat(map), sizes, u, vt);
  constexpr double kLeast = 1e-6;  // pixels: coinciding landmarks leave what rounding makes
  check(sizes.at<double>(1) > kLeast, ErrorCode::Format,
        "pose: the landmarks coincide or lie in a line");
  const cv::Mat rows = u * vt;
  const cv::Vec3d right(rows.ptr<double>(0));
  const cv::Vec3d down(rows.ptr<double>(1));
  const cv::Vec3d away = right.cross(down);
  // The rotation is roll after yaw after pitch; y points down and z away from the camera, so the
  // signs are those of the angles as people see them.
  return {.yaw = degrees(std::asin(std::clamp(away[0], -1.0, 1.0))),
          .pitch = -degrees(std::atan2(away[1], away[2])),
          .roll = -degrees(std::atan2(down[0], right[0]))};
}

HeadPose pose_error(const Landmarks& swapped, const Landmarks& original) {
  const HeadPose a = head_pose(swapped);
  const HeadPose b = head_pose(original);
  return {apart(a.yaw, b.yaw), apart(a.pitch, b.pitch), apart(a.roll, b.roll)};
}

}  // namespace cameo
