// SPDX-License-Identifier: MIT
#include "pipeline/media/video_image.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "base/error.h"
#include "pipeline/media/libav_versions.h"

namespace cameo {

DecodedImage::DecodedImage(const AVFrame& frame, libav::Turn turn)
    : frame_(av_frame_clone(&frame)), turn_(turn) {
  check(frame_ != nullptr, ErrorCode::Device, "video: out of memory");
}

cv::Mat DecodedImage::alpha() const {
  return libav::BgrConverter::turned(libav::alpha_of(*frame_), turn_);
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

namespace {

/// Whether swscale yields planes of G, B and R as it yields packed BGR, bit for bit: for YCbCr of 8
/// bits, in a sixth of the time, since it has vector code for planes only.
bool fits_planes(AVPixelFormat pixels) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(pixels);
  return format != nullptr && format->nb_components >= 3 && format->comp[0].depth == 8 &&
         (format->flags & AV_PIX_FMT_FLAG_RGB) == 0;
}

}  // namespace

cv::Mat alpha_of(const AVFrame& frame) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  if (format == nullptr || (format->flags & AV_PIX_FMT_FLAG_ALPHA) == 0) return {};
  const cv::Size size(frame.width, frame.height);
  if ((format->flags & AV_PIX_FMT_FLAG_PAL) != 0) {
    cv::Mat colors(1, AVPALETTE_COUNT, CV_8UC1), alpha;
    for (int i = 0; i < AVPALETTE_COUNT; ++i) {
      std::uint32_t color = 0;
      std::memcpy(&color, frame.data[1] + sizeof color * static_cast<std::size_t>(i), sizeof color);
      colors.at<unsigned char>(i) = static_cast<unsigned char>(color >> 24U);
    }
    const cv::Mat indices(size, CV_8UC1, frame.data[0],
                          static_cast<std::size_t>(frame.linesize[0]));
    cv::LUT(indices, colors, alpha);
    return alpha;
  }
  const int last = format->nb_components - 1;
  std::array<const std::uint8_t*, 4> planes{};
  std::copy_n(std::begin(frame.data), planes.size(), planes.begin());
  cv::Mat alpha(size, CV_16UC1);
  for (int y = 0; y < size.height; ++y)
    av_read_image_line(alpha.ptr<std::uint16_t>(y), planes.data(), frame.linesize, format, 0, y,
                       last, size.width, 0);
  const int depth = format->comp[last].depth;
  if (depth > 8)
    alpha *= 65535.0 / ((1 << depth) - 1);
  else
    alpha.convertTo(alpha, CV_8U);
  return alpha;
}

cv::Mat BgrConverter::bgr(const AVFrame& frame) {
  Conversion how = conversion_of(frame);
  const bool planes = fits_planes(how.yuv);
  cv::Mat image(frame.height, frame.width, how.bgr == AV_PIX_FMT_BGR48 ? CV_16UC3 : CV_8UC3);
  if (planes) how.bgr = AV_PIX_FMT_GBRP;
  if (scaler_ == nullptr || !(how == as_)) {
    scaler_ = make_scaler(how);
    as_ = how;
  }
  if (planes) return in_planes(frame, std::move(image));
  unsigned char* rows[4] = {image.data};
  const int steps[4] = {static_cast<int>(image.step)};
  sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, rows, steps);
  return image;
}

cv::Mat BgrConverter::in_planes(const AVFrame& frame, cv::Mat image) {
  constexpr int kAlign = 64;  // vector code writes whole vectors, behind the last row too
  const int width = (frame.width + kAlign - 1) / kAlign * kAlign;
  planes_.create(3 * frame.height + 1, width, CV_8UC1);
  const cv::Rect used(0, 0, frame.width, frame.height);
  const cv::Mat b = planes_(used);
  const cv::Mat g = planes_(used + cv::Point(0, frame.height));
  const cv::Mat r = planes_(used + cv::Point(0, 2 * frame.height));
  const int step = static_cast<int>(planes_.step);
  unsigned char* rows[4] = {g.data, b.data, r.data};
  const int steps[4] = {step, step, step};
  sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, rows, steps);
  const std::array<cv::Mat, 3> channels{b, g, r};
  cv::merge(channels.data(), channels.size(), image);
  return image;
}

}  // namespace libav
}  // namespace cameo
