// SPDX-License-Identifier: MIT
#pragma once
// Frames in the form that an encoder takes.
#include <functional>
#include <string_view>

#include "pipeline/media/video_encoder.h"
#include "pipeline/media/video_image.h"
#include "pipeline/media/video_writer.h"

namespace cameo::libav {

/// Makes an encoder's images of frames: the decoded samples with what was changed where its form is
/// the source's, else converted from BGR.
class FrameMaker {
 public:
  /// size: of the output as shown, before it grows to even. note: told once of frames that are
  /// fitted.
  FrameMaker(cv::Size size, std::function<void(std::string_view)> note)
      : size_(size), note_(std::move(note)) {}

  /// The frame, without a stamp.
  AvFrame make(const VideoFrame& frame, const Encoder& encoder);

 private:
  AvFrame from_decoded(const VideoFrame& frame, const Encoder& encoder);
  AvFrame from_pixels(const VideoFrame& frame, const Encoder& encoder);
  cv::Mat fitted(const cv::Mat& pixels);

  cv::Size size_;
  std::function<void(std::string_view)> note_;
  bool told_ = false;
  BgrConverter bgr_;
  Scaler scaler_;
  Conversion as_;
};

}  // namespace cameo::libav
