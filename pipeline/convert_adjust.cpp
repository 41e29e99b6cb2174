// SPDX-License-Identifier: MIT
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "kernels/check.h"
#include "pipeline/blend.h"
#include "pipeline/convert_face.h"

namespace cameo {
namespace {

/// The middle of a 256-pixel face, `side` pixels along an edge.
cv::Mat middle_of(const cv::Mat& face, int side) {
  const int first = (kCropSize - side) / 2;
  return face(cv::Rect(first, first, side, side));
}

cv::Mat resized(const cv::Mat& picture, cv::Size size) {
  cv::Mat result;
  cv::resize(picture, result, size, 0, 0, cv::INTER_LINEAR);
  return result;
}

cv::Mat as_float(const cv::Mat& picture) {
  cv::Mat real;
  picture.convertTo(real, CV_32F);
  return real;
}

/// Weights over the square: 1 inside a rim of a fifteenth, blurred; or 1 everywhere.
cv::Mat square_weights(int side, bool smooth) {
  if (!smooth) return {side, side, CV_32FC1, cv::Scalar(1)};
  const int rim = side / 15;
  cv::Mat weights(side, side, CV_32FC1, cv::Scalar(0));
  weights(cv::Rect(rim, rim, side - 2 * rim, side - 2 * rim)).setTo(1);
  cv::GaussianBlur(weights, weights, {15, 15}, 10);
  return weights;
}

cv::Mat matched(const cv::Mat& drawn, const cv::Mat& there, const AdjustOptions& options) {
  const bool cut = options.manner == Manner::Faithful && options.color == ColorMatch::Average;
  if (!cut) return match_color(drawn, there, {}, options.color);
  cv::Vec3d shift = average_shift(drawn, there, {});
  for (double& s : shift.val) s = std::trunc(s);
  cv::Mat moved;
  cv::add(drawn, cv::Scalar(shift), moved);
  cv::min(moved, cv::Scalar::all(255), moved);
  cv::max(moved, cv::Scalar::all(0), moved);
  return moved;
}

/// The drawn square at the size of what is there.
cv::Mat enlarged(const cv::Mat& drawn, int side, Manner manner) {
  if (manner == Manner::Faithful) return resized(drawn, {side, side});
  // Sample k was drawn for place side / drawn.rows * k of the square.
  const double scale = static_cast<double>(drawn.rows) / side;
  cv::Mat large;
  cv::warpAffine(drawn, large, Transform(scale, 0, 0, 0, scale, 0), {side, side},
                 cv::INTER_CUBIC | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
  return large;
}

/// The old program: the whole box goes through 256 x 256 and back.
void put_back_faithful(cv::Mat box, const cv::Mat& crop, cv::Mat drawn, int side,
                       const AdjustOptions& options) {
  const cv::Mat face = crop.clone();
  cut_off(drawn);
  const cv::Mat there = as_float(middle_of(face, side));
  cv::Mat large = enlarged(drawn, side, options.manner);
  cut_off(large);
  const cv::Mat over = matched(large, there, options);
  const cv::Mat weights = square_weights(side, options.smooth_mask);
  cv::Mat mixed(side, side, CV_32FC3);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const float w = weights.at<float>(y, x);
      mixed.at<cv::Vec3f>(y, x) =
          w * over.at<cv::Vec3f>(y, x) + (1 - w) * there.at<cv::Vec3f>(y, x);
    }
  }
  cut_off(mixed);
  cv::Mat square = middle_of(face, side);
  mixed.convertTo(square, CV_8U);
  resized(face, box.size()).copyTo(box);
}

/// Only what the square's weights reach is changed; the rest of the box is not resampled.
void put_back(cv::Mat box, const cv::Mat& face, const cv::Mat& drawn, int side,
              const AdjustOptions& options) {
  cv::Mat over = as_float(face);
  cv::Mat square = middle_of(over, side);
  matched(enlarged(drawn, side, options.manner), square, options).copyTo(square);
  cv::Mat weights(kCropSize, kCropSize, CV_32FC1, cv::Scalar(0));
  cv::Mat inside = middle_of(weights, side);
  square_weights(side, options.smooth_mask).copyTo(inside);
  blend(resized(over, box.size()), box, resized(weights, box.size())).copyTo(box);
}

cv::Mat read_by_network(const cv::Mat& face, const FaceSquare& square, Manner manner) {
  if (manner == Manner::Ours) return sample_face(face, square, 0.5);
  return as_float(resized(middle_of(face, square.coverage), {square.side, square.side}));
}

int convert_together(cv::Mat& frame, std::span<const Face> faces, Swapper& swapper,
                     const AdjustOptions& options) {
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
    squares.push_back(read_by_network(crops.back(), square, options.manner));
  }
  const std::vector<cv::Mat> drawn = draw_faces(swapper, squares);
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (options.manner == Manner::Faithful) {
      put_back_faithful(frame(boxes[i]), crops[i], drawn[i], square.coverage, options);
    } else {
      put_back(frame(boxes[i]), crops[i], drawn[i], square.coverage, options);
    }
  }
  return static_cast<int>(boxes.size());
}

}  // namespace

int convert_adjust(cv::Mat& frame, std::span<const Face> faces, Swapper& swapper,
                   const AdjustOptions& options) {
  check(frame.type() == CV_8UC3, "convert: wants 8-bit BGR frames");
  if (options.manner == Manner::Ours) return convert_together(frame, faces, swapper, options);
  int drawn = 0;
  for (const Face& face : faces) drawn += convert_together(frame, {&face, 1}, swapper, options);
  return drawn;
}

}  // namespace cameo
