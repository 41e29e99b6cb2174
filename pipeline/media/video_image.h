// SPDX-License-Identifier: MIT
#pragma once
// Decoded images between libav's pixel formats and BGR.
#include <memory>

#include "pipeline/media/libav.h"

namespace cameo {
namespace libav {

/// How a decoded image is rotated to stand upright.
struct Turn {
  bool mirror = false;  ///< left-right, before the rotation
  int degrees = 0;      ///< clockwise: 0, 90, 180, 270
  bool none() const { return !mirror && degrees == 0; }
};

}  // namespace libav

/// See video.h: a reference to the decoder's frame, with the turn to what is shown.
class DecodedImage {
 public:
  DecodedImage(const AVFrame& frame, libav::Turn turn);
  const AVFrame& frame() const { return *frame_; }
  /// Whether its rows are those of the picture as it is shown, without a turn.
  bool upright() const { return turn_.none(); }
  /// Its alpha channel as it is shown, see libav::alpha_of.
  cv::Mat alpha() const;

 private:
  libav::AvFrame frame_;
  libav::Turn turn_;
};

namespace libav {

/// The turn that a stream's display matrix asks for.
Turn turn_of(const AVStream& stream);

/// Converts decoded images to BGR; keeps what swscale needs for the next one.
class BgrConverter {
 public:
  /// BGR of 8 bits, or of 16 for samples of more than 8, not turned.
  cv::Mat bgr(const AVFrame& frame);
  static cv::Mat turned(cv::Mat image, const Turn& turn);

 private:
  cv::Mat in_planes(const AVFrame& frame, cv::Mat image);

  Scaler scaler_;
  Conversion as_;
  cv::Mat planes_;
};

/// The alpha channel of a decoded image, of 8 bits, or of 16 for samples of more than 8; empty if
/// its pixel format has none.
cv::Mat alpha_of(const AVFrame& frame);

/// How swscale has to convert a decoded image to BGR.
Conversion conversion_of(const AVFrame& frame);

/// Whether add_difference works on this pixel format: YCbCr in planes or half planes.
bool takes_difference(AVPixelFormat pixels);

/// Adds what changed between two BGR images to the samples of a YCbCr image of the same size, as
/// the matrix and range of `how` convert it: samples whose pixels did not change stay as they are.
/// before, after: of the same type, 8 or 16 bits. Returns the rectangle in which pixels differ.
cv::Rect add_difference(const cv::Mat& before, const cv::Mat& after, const Conversion& how,
                        AVFrame& image);

}  // namespace libav
}  // namespace cameo
