// SPDX-License-Identifier: MIT
#include "pipeline/media/video_image.h"

#include <cstdint>
#include <cstring>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>

#include "pipeline/media/libav.h"

using namespace cameo;
using namespace cameo::libav;

namespace {

/// A decoded image of random samples.
AvFrame noise(AVPixelFormat format, int width, int height, AVColorRange range) {
  AvFrame frame(av_frame_alloc());
  frame->format = format;
  frame->width = width;
  frame->height = height;
  frame->color_range = range;
  REQUIRE(av_frame_get_buffer(frame.get(), 0) >= 0);
  cv::RNG random(7);
  for (int plane = 0; plane < 4 && frame->buf[plane] != nullptr; ++plane) {
    const AVBufferRef& buffer = *frame->buf[plane];
    cv::Mat bytes(1, static_cast<int>(buffer.size), CV_8UC1, buffer.data);
    random.fill(bytes, cv::RNG::UNIFORM, 0, 256);
  }
  return frame;
}

/// What swscale makes of it in packed BGR.
cv::Mat packed(const AVFrame& frame) {
  const Scaler scaler = make_scaler(conversion_of(frame));
  constexpr int kRoom = 64;  // for whole vectors
  cv::Mat image(frame.height + 1, frame.width + kRoom, CV_8UC3);
  unsigned char* rows[4] = {image.data};
  const int steps[4] = {static_cast<int>(image.step)};
  sws_scale(scaler.get(), frame.data, frame.linesize, 0, frame.height, rows, steps);
  return image(cv::Rect(0, 0, frame.width, frame.height)).clone();
}

/// The alpha samples of noise() where they lie, with what a pixel format says of their place.
struct AlphaPlace {
  AVPixelFormat format;
  int plane, offset, step, depth;
};

}  // namespace

TEST_CASE("alpha is read from planes and from pixels, scaled to all bits") {
  for (const AlphaPlace place :
       {AlphaPlace{AV_PIX_FMT_YUVA420P, 3, 0, 1, 8}, AlphaPlace{AV_PIX_FMT_BGRA, 0, 3, 4, 8},
        AlphaPlace{AV_PIX_FMT_ARGB, 0, 0, 4, 8}, AlphaPlace{AV_PIX_FMT_YUVA444P10, 3, 0, 2, 10},
        AlphaPlace{AV_PIX_FMT_RGBA64, 0, 6, 8, 16}}) {
    CAPTURE(av_get_pix_fmt_name(place.format));
    const AvFrame frame = noise(place.format, 37, 9, AVCOL_RANGE_MPEG);
    const cv::Mat alpha = alpha_of(*frame);
    REQUIRE(alpha.size() == cv::Size(37, 9));
    REQUIRE(alpha.type() == (place.depth > 8 ? CV_16UC1 : CV_8UC1));
    const cv::Mat plane(9, frame->linesize[place.plane], CV_8UC1, frame->data[place.plane],
                        static_cast<std::size_t>(frame->linesize[place.plane]));
    const std::uint8_t* at = plane.ptr(4, 5 * place.step + place.offset);
    if (place.depth == 8) {
      CHECK(alpha.at<std::uint8_t>(4, 5) == at[0]);
      continue;
    }
    const int most = (1 << place.depth) - 1, sample = (at[0] | at[1] << 8) & most;
    CHECK(alpha.at<std::uint16_t>(4, 5) == doctest::Approx(65535.0 * sample / most).epsilon(1e-4));
  }
  CHECK(alpha_of(*noise(AV_PIX_FMT_YUV420P, 8, 8, AVCOL_RANGE_MPEG)).empty());
}

TEST_CASE("alpha of a palette is that of its colors") {
  const AvFrame frame = noise(AV_PIX_FMT_PAL8, 16, 4, AVCOL_RANGE_JPEG);
  const cv::Mat alpha = alpha_of(*frame);
  std::uint32_t color = 0;
  std::memcpy(&color, frame->data[1] + std::size_t{4} * frame->data[0][3], sizeof color);
  CHECK(alpha.at<std::uint8_t>(0, 3) == color >> 24U);
}

TEST_CASE("BGR by planes is what swscale yields packed, bit for bit") {
  BgrConverter converter;
  for (const AVPixelFormat format : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV444P,
                                     AV_PIX_FMT_YUV411P, AV_PIX_FMT_NV12, AV_PIX_FMT_YUVA420P,
                                     AV_PIX_FMT_YUYV422, AV_PIX_FMT_GRAY8, AV_PIX_FMT_BGR0})
    for (const cv::Size size : {cv::Size(64, 48), cv::Size(101, 77), cv::Size(2, 2)})
      for (const AVColorRange range : {AVCOL_RANGE_MPEG, AVCOL_RANGE_JPEG}) {
        CAPTURE(av_get_pix_fmt_name(format));
        CAPTURE(size.width);
        CAPTURE(range);
        const AvFrame frame = noise(format, size.width, size.height, range);
        const cv::Mat bgr = converter.bgr(*frame);
        REQUIRE(bgr.size() == size);
        CHECK(cv::norm(bgr, packed(*frame), cv::NORM_INF) == 0);
      }
}

TEST_CASE("the rectangle of a difference holds what changed and no more") {
  // Wider than what is compared at once, and no multiple of it.
  const cv::Size size(90, 5);
  for (const int type : {CV_8UC3, CV_16UC3})
    for (const cv::Rect where : {cv::Rect(0, 0, 1, 1), cv::Rect(89, 4, 1, 1), cv::Rect(0, 2, 90, 1),
                                 cv::Rect(21, 1, 1, 3), cv::Rect(22, 0, 64, 5), cv::Rect()}) {
      CAPTURE(type);
      CAPTURE(where);
      const AvFrame image = noise(type == CV_8UC3 ? AV_PIX_FMT_YUV444P : AV_PIX_FMT_YUV444P10LE,
                                  size.width, size.height, AVCOL_RANGE_JPEG);
      const cv::Mat before(size, type, cv::Scalar::all(9));
      cv::Mat after = before.clone();
      for (const cv::Point corner : {where.tl(), where.br() - cv::Point(1, 1)})
        if (!where.empty()) after.row(corner.y).col(corner.x).data[0] = 10;
      CHECK(add_difference(before, after, conversion_of(*image), *image) == where);
    }
}
