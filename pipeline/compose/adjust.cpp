// SPDX-License-Identifier: MIT
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/compose/blend.h"
#include "pipeline/compose/converter.h"
#include "pipeline/compose/face_square.h"
#include "pipeline/compose/levels.h"
#include "pipeline/compose/reference.h"

namespace cameo {
namespace {

/// Weights over the square: 1 inside a rim of a fifteenth, blurred; or 1 everywhere.
cv::Mat square_weights(int side, bool smooth) {
  if (!smooth) return {side, side, CV_32FC1, cv::Scalar(1)};
  const int rim = side / 15;
  return soft_square(side, rim, side - rim, 1, CV_32FC1);
}

/// The drawn square at the size of what is there.
cv::Mat enlarged(const cv::Mat& drawn, int side) {
  // Sample k was drawn for place side / drawn.rows * k of the square.
  const double scale = static_cast<double>(drawn.rows) / side;
  cv::Mat large;
  cv::warpAffine(drawn, large, Transform(scale, 0, 0, 0, scale, 0), {side, side},
                 cv::INTER_CUBIC | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
  return large;
}

/// Only what the square's weights reach is changed; the rest of the box is not resampled.
void put_back(cv::Mat box, const cv::Mat& face, const cv::Mat& drawn, int side,
              const ComposeOptions& options) {
  cv::Mat over = in_levels(face).clone();
  cv::Mat square = middle_of(over, side);
  match_color(enlarged(drawn, side), square, {}, options.color).copyTo(square);
  cv::Mat weights(kFaceSide, kFaceSide, CV_32FC1, cv::Scalar(0));
  cv::Mat inside = middle_of(weights, side);
  square_weights(side, options.smooth_mask).copyTo(inside);
  blend(resized(over, box.size()), box, resized(weights, box.size())).copyTo(box);
}

int convert_together(cv::Mat& frame, std::span<const Face> faces, Swapper& swapper,
                     const ComposeOptions& options) {
  const FaceSquare square{.side = swapper.size(), .coverage = swapper.coverage()};
  const cv::Rect bounds({0, 0}, frame.size());
  std::vector<cv::Rect> boxes;
  std::vector<cv::Mat> crops;
  std::vector<cv::Mat> squares;
  for (const Face& face : faces) {
    const cv::Rect box = face.box & bounds;
    if (box.empty()) continue;
    boxes.push_back(box);
    crops.push_back(crop_box(frame, box));
    squares.push_back(sample_face(crops.back(), square, 0.5));
  }
  const std::vector<DrawnFace> drawn = run_swapper(swapper, squares);
  for (std::size_t i = 0; i < boxes.size(); ++i)
    put_back(frame(boxes[i]), crops[i], drawn[i].image, square.coverage, options);
  return static_cast<int>(boxes.size());
}

}  // namespace

int convert_adjust(cv::Mat& frame, std::span<const Face> faces, Swapper& swapper,
                   const ComposeOptions& options) {
  check_frame("convert", frame);
  if (options.reference) check_reference_frame(frame);
  return options.reference ? convert_adjust_reference(frame, faces, swapper, options)
                           : convert_together(frame, faces, swapper, options);
}

}  // namespace cameo
