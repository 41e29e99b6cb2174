// SPDX-License-Identifier: MIT
#include "pipeline/compose/reference.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <opencv2/imgproc.hpp>
#include <opencv2/photo.hpp>

#include "base/error.h"
#include "pipeline/compose/blend.h"
#include "pipeline/compose/face_square.h"

namespace cameo {
namespace {

/// Truncates the fractions of a CV_32FC3 image, as a cast to bytes does; for values >= 0.
void floor_in_place(cv::Mat& image) {
  for (int y = 0; y < image.rows; ++y) {
    auto* value = image.ptr<float>(y);
    for (int i = 0; i < 3 * image.cols; ++i) value[i] = std::floor(value[i]);
  }
}

/// What the network makes of an 8-bit or floating point square, as numbers of the same type: bytes
/// are cut off to whole ones.
cv::Mat drawn_like(const cv::Mat& square, Swapper& swapper) {
  cv::Mat read;
  square.convertTo(read, CV_32F);
  cv::Mat drawn = run_swapper(swapper, {&read, 1}).front().image;
  if (square.depth() == CV_8U) floor_in_place(drawn);
  drawn.convertTo(drawn, square.depth());
  return drawn;
}

/// The same weight for all three channels.
cv::Mat tripled(const cv::Mat& weight) {
  cv::Mat weights;
  cv::merge(std::vector<cv::Mat>(3, weight), weights);
  return weights;
}

/// The frame with `over` cloned in where the weight is about 0.7 or more; empty where it nowhere
/// is, or where that part touches the frame's edge, which OpenCV's solver cannot take.
cv::Mat cloned(const cv::Mat& over, const cv::Mat& image, const cv::Mat& weight) {
  cv::Mat whole(weight.size(), CV_8UC1);
  for (int y = 0; y < whole.rows; ++y) {
    for (int x = 0; x < whole.cols; ++x)
      whole.at<uchar>(y, x) =
          static_cast<uchar>(std::clamp(weight.at<double>(y, x) * 365, 0.0, 255.0));
  }
  const cv::Rect inside = cv::boundingRect(whole == 255), reached = cv::boundingRect(whole);
  const cv::Rect room(1, 1, whole.cols - 2, whole.rows - 2);
  if (inside.empty() || (reached & room) != reached) return {};
  cv::Mat bytes, below, result;
  over.convertTo(bytes, CV_8U);
  image.convertTo(below, CV_8U);
  const cv::Point middle(inside.x + (inside.width - 1) / 2, inside.y + (inside.height - 1) / 2);
  cv::seamlessClone(bytes, below, whole, middle, result, cv::NORMAL_CLONE);
  return result;
}

/// The frame, 8-bit or double, with one face drawn; empty if the face lies outside of it.
cv::Mat masked(const cv::Mat& image, const Face& face, Swapper& swapper,
               const ComposeOptions& options) {
  const FaceSquare square{.side = swapper.size(), .coverage = swapper.coverage()};
  const PlacedSquare placed = place_square(face.landmarks, square);
  MaskOptions mask_options = chosen_mask(options.mask, false);
  mask_options.whole_frame = true;
  const Mask mask = make_mask(image.size(), face.landmarks, placed, mask_options);
  if (mask.where.empty()) return {};
  cv::Mat read;
  cv::warpAffine(image, read, placed.to_square, {square.side, square.side}, cv::INTER_LINEAR,
                 cv::BORDER_CONSTANT);
  const cv::Mat over =
      warp_back(drawn_like(read, swapper), placed.to_square, image, {{0, 0}, image.size()});
  cv::Mat weight, above, below;
  mask.weight.convertTo(weight, CV_64F);
  if (options.seamless) {
    cv::Mat result = cloned(over, image, weight);
    if (!result.empty()) return result;
  }
  const cv::Mat weights = tripled(weight);
  over.convertTo(above, CV_64F);
  image.convertTo(below, CV_64F);
  return weights.mul(above) + (cv::Scalar::all(1) - weights).mul(below);
}

/// The shift of the mean, whole in each channel.
void shift_average(cv::Mat& drawn, const cv::Mat& there) {
  cv::Vec3d shift = average_shift(drawn, there, {});
  for (double& s : shift.val) s = std::trunc(s);
  cv::add(drawn, cv::Scalar(shift), drawn);
}

/// Weights over the square in bytes, blurred from 255 inside a rim. The rim on the right and below
/// is a pixel wider: the program rounded a negative quotient down.
cv::Mat byte_weights(int side) {
  return soft_square(side, side / 15, side - (side + 14) / 15, 255, CV_8UC1);
}

void fade(cv::Mat& drawn, const cv::Mat& there) {
  const cv::Mat weights = byte_weights(drawn.rows);
  for (int y = 0; y < drawn.rows; ++y) {
    for (int x = 0; x < drawn.cols; ++x) {
      const double w = weights.at<uchar>(y, x) / 255.0;
      for (int c = 0; c < 3; ++c) {
        uchar& value = drawn.at<cv::Vec3b>(y, x)[c];
        value = static_cast<uchar>(w * value + (1 - w) * there.at<cv::Vec3b>(y, x)[c]);
      }
    }
  }
}

void adjust(cv::Mat box, Swapper& swapper, const ComposeOptions& options) {
  const int side = swapper.coverage();
  const cv::Mat face = crop_box(box, {{0, 0}, box.size()});
  cv::Mat square = middle_of(face, side);
  const cv::Size samples(swapper.size(), swapper.size());
  cv::Mat drawn = resized(drawn_like(resized(square, samples), swapper), square.size());
  if (options.color == ColorMatch::Average) {
    shift_average(drawn, square);
  } else if (options.color == ColorMatch::Lab) {
    cv::Mat there;
    square.convertTo(there, CV_32F);
    drawn.convertTo(drawn, CV_32F);
    match_color(drawn, there, {}, options.color).convertTo(drawn, CV_8U);
  }
  if (options.smooth_mask) fade(drawn, square);
  drawn.copyTo(square);
  resized(face, box.size()).copyTo(box);
}

}  // namespace

void check_reference_frame(const cv::Mat& frame) {
  check(frame.type() == CV_8UC3, ErrorCode::Usage,
        "convert: --reference works on frames of 8 bits a channel, got ", 8 * frame.elemSize1(),
        "; leave it out for these");
}

int convert_masked_reference(cv::Mat& frame, std::span<const Face> faces, Swapper& swapper,
                             const ComposeOptions& options) {
  cv::Mat image = frame;
  int drawn = 0;
  for (const Face& face : faces) {
    const cv::Mat next = masked(image, face, swapper, options);
    if (next.empty()) continue;
    image = next;
    ++drawn;
  }
  if (drawn > 0) image.convertTo(frame, CV_8U);
  return drawn;
}

int convert_adjust_reference(cv::Mat& frame, std::span<const Face> faces, Swapper& swapper,
                             const ComposeOptions& options) {
  int drawn = 0;
  for (const Face& face : faces) {
    const cv::Rect box = face.box & cv::Rect({0, 0}, frame.size());
    if (box.empty()) continue;
    adjust(frame(box), swapper, options);
    ++drawn;
  }
  return drawn;
}

}  // namespace cameo
