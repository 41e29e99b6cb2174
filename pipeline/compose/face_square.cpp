// SPDX-License-Identifier: MIT
#include "pipeline/compose/face_square.h"

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/compose/levels.h"
#include "pipeline/face/align.h"

namespace cameo {

PlacedSquare place_square(const Landmarks& landmarks, const FaceSquare& square,
                          double pixel_aspect) {
  PlacedSquare placed{.unit = align_unit(landmarks, pixel_aspect), .side = square.side};
  const double scale = 1 / square.step(), shift = -square.first() * scale;
  const Transform scaled = aligned_transform(placed.unit) * scale;
  placed.to_square = scaled + Transform(0, 0, shift, 0, 0, shift);
  return placed;
}

cv::Mat sample_face(const cv::Mat& face, const FaceSquare& square, double shift,
                    int interpolation) {
  check(face.rows == face.cols && !face.empty(), "sample_face: wants a square, got ", face.cols,
        "x", face.rows, " pixels");
  const double size = static_cast<double>(face.cols) / kFaceSide;
  const double step = square.step() * size;
  // Pixels grow about their middles.
  const double first = (square.first() + square.step() * shift + 0.5) * size - 0.5;
  cv::Mat samples;
  cv::warpAffine(in_levels(face), samples, Transform(step, 0, first, 0, step, first),
                 {square.side, square.side}, interpolation | cv::WARP_INVERSE_MAP,
                 cv::BORDER_CONSTANT);
  return samples;
}

cv::Mat middle_of(const cv::Mat& face, int side) {
  const int first = (kFaceSide - side) / 2;
  return face(cv::Rect(first, first, side, side));
}

cv::Mat soft_square(int side, int first, int end, double inside, int type) {
  cv::Mat weights(side, side, type, cv::Scalar(0));
  weights(cv::Rect(first, first, end - first, end - first)).setTo(inside);
  cv::GaussianBlur(weights, weights, {15, 15}, 10);
  return weights;
}

}  // namespace cameo
