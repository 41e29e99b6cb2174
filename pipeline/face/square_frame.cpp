// SPDX-License-Identifier: MIT
#include "pipeline/face/square_frame.h"

#include <algorithm>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/media/pixel_depth.h"

namespace cameo {
namespace {

// Pixel centres are at integers, so that a pixel's edges are at halves.
Face scaled(Face face, cv::Point2d scale) {
  const auto edge = [&](const cv::Point& p) {
    return cv::Point(cvRound(p.x * scale.x), cvRound(p.y * scale.y));
  };
  face.box = cv::Rect(edge(face.box.tl()), edge(face.box.br()));
  for (cv::Point2f& p : face.landmarks)
    p = cv::Point2d((p.x + 0.5) * scale.x - 0.5, (p.y + 0.5) * scale.y - 0.5);
  return face;
}

}  // namespace

SquareFrame square_frame(const Frame& frame) {
  constexpr double kMostAspect = 8;
  const double aspect = frame.pixel_aspect;
  check(aspect >= 1 / kMostAspect && aspect <= kMostAspect, frame.name, ": pixels of aspect ",
        aspect, " are outside of 1/", kMostAspect, " to ", kMostAspect);
  SquareFrame square{.pixels = to_8_bit(frame.pixels),
                     .scale = {std::max(aspect, 1.0), std::max(1 / aspect, 1.0)}};
  if (aspect == 1) return square;
  const cv::Size size(std::max(1, cvRound(frame.pixels.cols * square.scale.x)),
                      std::max(1, cvRound(frame.pixels.rows * square.scale.y)));
  cv::Mat resized;
  cv::resize(square.pixels, resized, size, 0, 0, cv::INTER_LINEAR);
  square.pixels = resized;
  return square;
}

Face face_in_frame(Face face, const SquareFrame& square, cv::Size frame) {
  if (square.scale == cv::Point2d(1, 1)) return face;
  face = scaled(std::move(face), {1 / square.scale.x, 1 / square.scale.y});
  face.box &= cv::Rect({0, 0}, frame);
  return face;
}

Face face_in_square(Face face, const SquareFrame& square) {
  if (square.scale == cv::Point2d(1, 1)) return face;
  face = scaled(std::move(face), square.scale);
  face.box &= cv::Rect({0, 0}, square.pixels.size());
  return face;
}

}  // namespace cameo
