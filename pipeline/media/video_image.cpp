// SPDX-License-Identifier: MIT
#include "pipeline/media/video_image.h"

#include <array>
#include <cmath>

#include "base/error.h"
#include "pipeline/media/libav_versions.h"

namespace cameo {

DecodedImage::DecodedImage(const AVFrame& frame, bool upright)
    : frame_(av_frame_clone(&frame)), upright_(upright) {
  check(frame_ != nullptr, ErrorCode::Device, "video: out of memory");
}

namespace libav {

// The display matrix maps (x, y), y down, to (a x + c y, b x + d y). Only quarter turns and mirrors
// are images of whole pixels; anything else is shown as it is.
Turn turn_of(const AVStream& stream) {
  const std::int32_t* m = display_matrix(stream);
  if (m == nullptr) return {};
  const double a = m[0];
  const double b = m[1];
  const double c = m[3];
  const double d = m[4];
  Turn turn;
  turn.mirror = a * d - b * c < 0;
  const double side = turn.mirror ? -1 : 1;  // a mirror first turns (1, 0) into (-1, 0)
  const double angle = std::atan2(side * b, side * a) * 180 / CV_PI;
  const double quarters = std::round(angle / 90);
  if (std::abs(angle - quarters * 90) > 1) return {};
  turn.degrees = (static_cast<int>(quarters) * 90 + 360) % 360;
  return turn;
}

cv::Mat BgrConverter::turned(cv::Mat image, const Turn& turn) {
  cv::Mat out = std::move(image);
  if (turn.mirror) {
    cv::Mat mirrored;
    cv::flip(out, mirrored, 1);
    out = mirrored;
  }
  if (turn.degrees == 0) return out;
  cv::Mat upright;
  const int code = turn.degrees == 90    ? cv::ROTATE_90_CLOCKWISE
                   : turn.degrees == 180 ? cv::ROTATE_180
                                         : cv::ROTATE_90_COUNTERCLOCKWISE;
  cv::rotate(out, upright, code);
  return upright;
}

Conversion conversion_of(const AVFrame& frame) {
  bool full = frame.color_range == AVCOL_RANGE_JPEG;
  Conversion how{.to = ScaleTo::Bgr, .width = frame.width, .height = frame.height};
  how.yuv = without_j(static_cast<AVPixelFormat>(frame.format), full);
  how.bgr = bgr_for(how.yuv);
  how.matrix = matrix_or_usual(
      {.matrix = known_value(frame.colorspace, AVCOL_SPC_NB, AVCOL_SPC_UNSPECIFIED)}, frame.height);
  how.full_range = full;
  how.chroma_location =
      known_value(frame.chroma_location, AVCHROMA_LOC_NB, AVCHROMA_LOC_UNSPECIFIED);
  return how;
}

cv::Mat BgrConverter::bgr(const AVFrame& frame) {
  const Conversion how = conversion_of(frame);
  if (scaler_ == nullptr || !(how == as_)) {
    scaler_ = make_scaler(how);
    as_ = how;
  }
  cv::Mat image(frame.height, frame.width, how.bgr == AV_PIX_FMT_BGR48 ? CV_16UC3 : CV_8UC3);
  unsigned char* rows[4] = {image.data};
  const int steps[4] = {static_cast<int>(image.step)};
  sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, rows, steps);
  return image;
}

}  // namespace libav
}  // namespace cameo
