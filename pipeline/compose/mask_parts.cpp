// SPDX-License-Identifier: MIT
#include "pipeline/compose/mask_parts.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "pipeline/face/align.h"
#include "pipeline/face/pose.h"

namespace cameo {
namespace {

constexpr double kEdge = 0.06;  // of what is kept, in sides of the mean face
constexpr double kFirstYaw = 25, kLastYaw = 65;
constexpr double kFirstFaded = 0.3;  // of the way from the nose to the far contour

double smooth_step(double t) {
  const double u = std::clamp(t, 0.0, 1.0);
  return u * u * (3 - 2 * u);
}

double side_in_frame(const PlacedSquare& placed) {
  return 1 / std::hypot(placed.unit(0, 0), placed.unit(1, 0));
}

/// The hull of landmarks first..last, `times` as large around their middle.
std::vector<cv::Point> grown_hull(const Landmarks& landmarks, int first, int last, double times,
                                  cv::Point corner) {
  const std::vector<cv::Point2f> part(landmarks.begin() + first, landmarks.begin() + last + 1);
  cv::Point2f middle;
  for (const cv::Point2f& p : part) middle += p * (1.0F / static_cast<float>(part.size()));
  std::vector<cv::Point> whole, hull;
  for (const cv::Point2f& p : part)
    whole.emplace_back(cv::Point(middle + (p - middle) * static_cast<float>(times)) - corner);
  cv::convexHull(whole, hull);
  return hull;
}

}  // namespace

void keep_parts(Mask& mask, const Landmarks& landmarks, const PlacedSquare& placed, MaskKind kind) {
  check_ibug68("mask", landmarks);
  if (mask.where.empty() || !has(kind, MaskKind::KeepEyes | MaskKind::KeepMouth)) return;
  cv::Mat outside(mask.where.size(), CV_8UC1, cv::Scalar(255));
  const auto keep = [&](int first, int last, double times) {
    cv::fillConvexPoly(outside, grown_hull(landmarks, first, last, times, mask.where.tl()), 0);
  };
  if (has(kind, MaskKind::KeepEyes)) {
    keep(36, 41, 1.5);
    keep(42, 47, 1.5);
  }
  if (has(kind, MaskKind::KeepMouth)) keep(48, 59, 7.0 / 6);
  cv::Mat away;
  cv::distanceTransform(outside, away, cv::DIST_L2, cv::DIST_MASK_PRECISE);
  const double width = std::max(kEdge * side_in_frame(placed), 1.0);
  for (int y = 0; y < away.rows; ++y) {
    const auto* from = away.ptr<float>(y);
    auto* weight = mask.weight.ptr<float>(y);
    for (int x = 0; x < away.cols; ++x)
      weight[x] = std::min(weight[x], static_cast<float>(smooth_step(from[x] / width)));
  }
}

double far_side_fade(double yaw) {
  return smooth_step((std::abs(yaw) - kFirstYaw) / (kLastYaw - kFirstYaw));
}

void fade_far_side(Mask& mask, const Landmarks& landmarks, const PlacedSquare& placed,
                   double strength) {
  if (mask.where.empty() || strength <= 0) return;
  const double yaw = head_pose(landmarks).yaw;
  const double amount = strength * far_side_fade(yaw);
  if (amount <= 0) return;
  // Across the face, in sides of the mean face: roll has no say.
  const auto across = [&](cv::Point2d p) { return apply(placed.unit, p).x; };
  const double toward = yaw > 0 ? 1 : -1;  // the far side lies where the face looks
  const double nose = across(cv::Point2d(landmarks[27]));
  double width = 0;
  for (int i = 0; i <= 16; ++i)
    width = std::max(width,
                     toward * (across(cv::Point2d(landmarks[static_cast<std::size_t>(i)])) - nose));
  width = std::max(width, 0.05);  // a profile's contour runs through its nose
  for (int y = 0; y < mask.weight.rows; ++y) {
    auto* weight = mask.weight.ptr<float>(y);
    for (int x = 0; x < mask.weight.cols; ++x) {
      if (weight[x] <= 0) continue;
      const cv::Point2d p(mask.where.x + x, mask.where.y + y);
      const double way = toward * (across(p) - nose) / width;
      const double faded = amount * smooth_step((way - kFirstFaded) / (1 - kFirstFaded));
      weight[x] *= static_cast<float>(1 - faded);
    }
  }
}

}  // namespace cameo
