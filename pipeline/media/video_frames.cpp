// SPDX-License-Identifier: MIT
#include "pipeline/media/video_frames.h"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/media/libav_versions.h"
#include "pipeline/media/pixel_depth.h"

namespace cameo::libav {
namespace {

bool same_form(const DecodedImage& decoded, const AVCodecContext& encoder) {
  const AVFrame& frame = decoded.frame();
  const Conversion how = conversion_of(frame);
  const bool full = encoder.color_range == AVCOL_RANGE_JPEG;
  return decoded.upright() && how.yuv == encoder.pix_fmt && how.full_range == full &&
         frame.width == encoder.width && frame.height == encoder.height;
}

AvFrame copy_of(const AVFrame& frame) {
  AvFrame copy(av_frame_alloc());
  check(copy != nullptr, ErrorCode::Device, "video: out of memory");
  copy->format = frame.format;
  copy->width = frame.width;
  copy->height = frame.height;
  const bool ok = av_frame_get_buffer(copy.get(), 0) >= 0 &&
                  av_frame_copy(copy.get(), &frame) >= 0 &&
                  av_frame_copy_props(copy.get(), &frame) >= 0;
  check(ok, ErrorCode::Device, "video: out of memory");
  return copy;
}

}  // namespace

AvFrame FrameMaker::make(const VideoFrame& frame, const Encoder& encoder) {
  const AVCodecContext& context = encoder.context();
  const bool decoded =
      frame.decoded != nullptr && same_form(*frame.decoded, context) &&
      (!frame.changed || (takes_difference(context.pix_fmt) && frame.pixels.cols == context.width &&
                          frame.pixels.rows == context.height));
  AvFrame image = decoded ? from_decoded(frame, encoder) : from_pixels(frame, encoder);
  image->format = context.pix_fmt;
  image->pict_type = AV_PICTURE_TYPE_NONE;
  image->color_range = context.color_range;
  image->colorspace = context.colorspace;
  image->color_primaries = context.color_primaries;
  image->color_trc = context.color_trc;
  image->chroma_location = context.chroma_sample_location;
  image->sample_aspect_ratio = context.sample_aspect_ratio;
  // A decoded image says it of itself: film among fields is progressive.
  if (!decoded || !is_interlaced(encoder.field_order()))
    set_fields(*image, is_interlaced(encoder.field_order()),
               encoder.field_order() == FieldOrder::TopFirst);
  return image;
}

AvFrame FrameMaker::from_decoded(const VideoFrame& frame, const Encoder&) {
  const AVFrame& decoded = frame.decoded->frame();
  if (!frame.changed) {
    AvFrame image(av_frame_clone(&decoded));
    check(image != nullptr, ErrorCode::Device, "video: out of memory");
    return image;
  }
  AvFrame image = copy_of(decoded);
  const cv::Mat before = frame.original.empty() ? bgr_.bgr(decoded) : frame.original;
  const cv::Mat after = before.depth() == CV_16U ? to_16_bit(frame.pixels) : to_8_bit(frame.pixels);
  add_difference(before, after, conversion_of(decoded), *image);
  return image;
}

cv::Mat FrameMaker::fitted(const cv::Mat& pixels) {
  if (pixels.size() == size_) return pixels;
  if (!told_ && note_)
    note_("frames of " + std::to_string(pixels.cols) + "x" + std::to_string(pixels.rows) +
          " among those of " + std::to_string(size_.width) + "x" + std::to_string(size_.height) +
          ": fitted into the first size, with bars");
  told_ = true;
  const double scale = std::min(static_cast<double>(size_.width) / pixels.cols,
                                static_cast<double>(size_.height) / pixels.rows);
  const auto side = [&](int length, int most) {
    return std::clamp(static_cast<int>(std::lround(length * scale)), 1, most);
  };
  const cv::Size inner(side(pixels.cols, size_.width), side(pixels.rows, size_.height));
  cv::Mat scaled;
  cv::resize(pixels, scaled, inner, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  cv::Mat whole(size_, pixels.type(), cv::Scalar::all(0));
  const cv::Point corner((size_.width - inner.width) / 2, (size_.height - inner.height) / 2);
  scaled.copyTo(whole(cv::Rect(corner, inner)));
  return whole;
}

AvFrame FrameMaker::from_pixels(const VideoFrame& frame, const Encoder& encoder) {
  const AVCodecContext& context = encoder.context();
  cv::Mat whole = fitted(frame.pixels);
  const int right = context.width - whole.cols;
  const int bottom = context.height - whole.rows;
  if (right > 0 || bottom > 0) {
    cv::Mat grown;
    cv::copyMakeBorder(whole, grown, 0, bottom, 0, right, cv::BORDER_REPLICATE);
    whole = grown;
  }
  const bool deep = whole.depth() == CV_16U;
  const Conversion how = encoder.conversion(deep ? AV_PIX_FMT_BGR48 : AV_PIX_FMT_BGR24);
  if (scaler_ == nullptr || !(how == as_)) {
    scaler_ = make_scaler(how);
    as_ = how;
  }
  AvFrame image(av_frame_alloc());
  check(image != nullptr, ErrorCode::Device, "video: out of memory");
  image->format = context.pix_fmt;
  image->width = context.width;
  image->height = context.height;
  check(av_frame_get_buffer(image.get(), 0) >= 0, ErrorCode::Device, "video: out of memory");
  const unsigned char* rows[4] = {whole.data};
  const int steps[4] = {static_cast<int>(whole.step)};
  sws_scale(scaler_.get(), rows, steps, 0, whole.rows, image->data, image->linesize);
  return image;
}

}  // namespace cameo::libav
