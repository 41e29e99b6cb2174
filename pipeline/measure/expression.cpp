// SPDX-License-Identifier: MIT
#include "pipeline/measure/expression.h"

#include <cmath>

#include "base/error.h"
#include "pipeline/face/align.h"

namespace cameo {
namespace {

constexpr std::size_t kJawPoints = 17;
constexpr std::size_t kRightEye = 36;
constexpr std::size_t kLeftEye = 42;
constexpr std::size_t kEyePoints = 6;

double gap(const Landmarks& points, std::size_t a, std::size_t b) {
  return cv::norm(points[a] - points[b]);
}

cv::Point2d middle_of_eye(const Landmarks& points, std::size_t first) {
  cv::Point2d sum;
  for (std::size_t i = 0; i < kEyePoints; ++i) sum += cv::Point2d(points[first + i]);
  return sum / static_cast<double>(kEyePoints);
}

double aspect_ratio(const Landmarks& points, std::size_t eye) {
  const double width = gap(points, eye, eye + 3);
  check(width > 0, ErrorCode::Format, "expression: an eye without width");
  return (gap(points, eye + 1, eye + 5) + gap(points, eye + 2, eye + 4)) / (2 * width);
}

}  // namespace

double eye_distance(const Landmarks& landmarks) {
  check_ibug68("expression", landmarks);
  const double distance =
      cv::norm(middle_of_eye(landmarks, kRightEye) - middle_of_eye(landmarks, kLeftEye));
  check(distance > 0, ErrorCode::Format, "expression: the eyes coincide");
  return distance;
}

double eye_aspect_ratio(const Landmarks& landmarks) {
  check_ibug68("expression", landmarks);
  return (aspect_ratio(landmarks, kRightEye) + aspect_ratio(landmarks, kLeftEye)) / 2;
}

double mouth_opening(const Landmarks& landmarks) {
  const double eyes = eye_distance(landmarks);
  return (gap(landmarks, 61, 67) + gap(landmarks, 62, 66) + gap(landmarks, 63, 65)) / (3 * eyes);
}

ExpressionError expression_error(const Landmarks& swapped, const Landmarks& original) {
  const Transform from_swapped = align_unit(swapped);
  const Transform from_original = align_unit(original);
  double sum = 0;
  for (std::size_t i = kJawPoints; i < kIbug68; ++i)
    sum += cv::norm(apply(from_swapped, swapped[i]) - apply(from_original, original[i]));
  const double mean = sum / static_cast<double>(kIbug68 - kJawPoints);
  const double scale = std::hypot(from_original(0, 0), from_original(1, 0));
  return {.landmarks = mean / (scale * eye_distance(original)),
          .blink = std::abs(eye_aspect_ratio(swapped) - eye_aspect_ratio(original)),
          .mouth = std::abs(mouth_opening(swapped) - mouth_opening(original))};
}

}  // namespace cameo
