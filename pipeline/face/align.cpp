// SPDX-License-Identifier: MIT
#include "pipeline/face/align.h"

#include <array>
#include <cmath>
#include <vector>

#include "base/error.h"

namespace cameo {
namespace {

constexpr int kJawPoints = 17;
constexpr int kMeanPoints = 51;

// The mean of landmarks 17..67 in the unit square: mean_face_shape_x and _y of dlib's
// image_transforms/interpolation.h (Boost Software License 1.0).
constexpr std::array<double, kMeanPoints> kMeanX = {
    0.000213256, 0.0752622, 0.18113,  0.29077,  0.393397, 0.586856, 0.689483, 0.799124, 0.904991,
    0.98004,     0.490127,  0.490127, 0.490127, 0.490127, 0.36688,  0.426036, 0.490127, 0.554217,
    0.613373,    0.121737,  0.187122, 0.265825, 0.334606, 0.260918, 0.182743, 0.645647, 0.714428,
    0.793132,    0.858516,  0.79751,  0.719335, 0.254149, 0.340985, 0.428858, 0.490127, 0.551395,
    0.639268,    0.726104,  0.642159, 0.556721, 0.490127, 0.423532, 0.338094, 0.290379, 0.428096,
    0.490127,    0.552157,  0.689874, 0.553364, 0.490127, 0.42689};
constexpr std::array<double, kMeanPoints> kMeanY = {
    0.106454, 0.038915, 0.0187482, 0.0344891, 0.0773906, 0.0773906, 0.0344891, 0.0187482, 0.038915,
    0.106454, 0.203352, 0.307009,  0.409805,  0.515625,  0.587326,  0.609345,  0.628106,  0.609345,
    0.587326, 0.216423, 0.178758,  0.179852,  0.231733,  0.245099,  0.244077,  0.231733,  0.179852,
    0.178758, 0.216423, 0.244077,  0.245099,  0.780233,  0.745405,  0.727388,  0.742578,  0.727388,
    0.745405, 0.780233, 0.864805,  0.902192,  0.909281,  0.902192,  0.864805,  0.784792,  0.778746,
    0.785343, 0.778746, 0.784792,  0.824182,  0.831803,  0.824182};

cv::Point2d mean_of(std::span<const cv::Point2d> points) {
  cv::Point2d sum;
  for (const auto& point : points) sum += point;
  return sum / static_cast<double>(points.size());
}

}  // namespace

// In the plane the best rotation needs no SVD: with centred p, q the sum of |s R p - q|^2 is least
// for s (cos, sin) = (sum p.q, sum p x q) / sum p.p, and a reflection cannot come out.
Transform similarity(std::span<const cv::Point2d> from, std::span<const cv::Point2d> to) {
  check(from.size() == to.size(), "similarity: ", from.size(), " points against ", to.size());
  check(from.size() >= 2, "similarity: needs at least 2 points, got ", from.size());
  const cv::Point2d from_mean = mean_of(from);
  const cv::Point2d to_mean = mean_of(to);
  double dot = 0;
  double cross = 0;
  double spread = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const cv::Point2d p = from[i] - from_mean;
    const cv::Point2d q = to[i] - to_mean;
    dot += p.x * q.x + p.y * q.y;
    cross += p.x * q.y - p.y * q.x;
    spread += p.x * p.x + p.y * p.y;
  }
  check(std::isfinite(spread) && spread > 0, "similarity: the ", from.size(),
        " points to map from coincide or are not finite");
  const double a = dot / spread;
  const double b = cross / spread;
  return {a, -b, to_mean.x - a * from_mean.x + b * from_mean.y,  //
          b, a,  to_mean.y - b * from_mean.x - a * from_mean.y};
}

std::span<const cv::Point2d> mean_face() {
  static const auto face = [] {
    std::array<cv::Point2d, kMeanPoints> points;
    for (std::size_t i = 0; i < points.size(); ++i) points.at(i) = {kMeanX.at(i), kMeanY.at(i)};
    return points;
  }();
  return face;
}

void check_ibug68(std::string_view user, const Landmarks& landmarks) {
  check(landmarks.size() == kIbug68, ErrorCode::Format, user, ": needs the ", kIbug68,
        " landmarks of iBUG 300-W, got ", landmarks.size());
}

Transform align_unit(const Landmarks& landmarks, double pixel_aspect) {
  check_ibug68("align", landmarks);
  check(std::isfinite(pixel_aspect) && pixel_aspect > 0, "align: pixel aspect ", pixel_aspect);
  std::vector<cv::Point2d> inner(landmarks.begin() + kJawPoints, landmarks.end());
  for (cv::Point2d& point : inner) point.x *= pixel_aspect;
  Transform unit = similarity(inner, mean_face());
  unit(0, 0) *= pixel_aspect;
  unit(1, 0) *= pixel_aspect;
  return unit;
}

Transform align_to(const Transform& unit, int size, int padding) {
  check(padding >= 0 && size > 2 * padding, "align_to: padding ", padding, " leaves nothing of ",
        size, " pixels");
  const double scale = size - 2.0 * padding;
  Transform out = unit * scale;
  out(0, 2) += padding;
  out(1, 2) += padding;
  return out;
}

Transform invert(const Transform& transform) {
  const double a = transform(0, 0);
  const double b = transform(0, 1);
  const double c = transform(1, 0);
  const double d = transform(1, 1);
  const double det = a * d - b * c;
  check(std::isfinite(det) && det != 0, "invert: the transform is singular (determinant ", det,
        ")");
  const double ia = d / det;
  const double ib = -b / det;
  const double ic = -c / det;
  const double id = a / det;
  return {ia, ib, -(ia * transform(0, 2) + ib * transform(1, 2)),
          ic, id, -(ic * transform(0, 2) + id * transform(1, 2))};
}

Transform from_corner(Transform transform, cv::Point corner) {
  for (int row = 0; row < 2; ++row)
    transform(row, 2) += transform(row, 0) * corner.x + transform(row, 1) * corner.y;
  return transform;
}

cv::Point2d apply(const Transform& transform, const cv::Point2d& point) {
  return {transform(0, 0) * point.x + transform(0, 1) * point.y + transform(0, 2),
          transform(1, 0) * point.x + transform(1, 1) * point.y + transform(1, 2)};
}

}  // namespace cameo
