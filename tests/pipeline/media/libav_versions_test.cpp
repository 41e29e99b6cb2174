// SPDX-License-Identifier: MIT
// Compiled with stand-ins for FFmpeg 7.1's headers (tests/standin/ffmpeg7), whatever FFmpeg is
// installed; that one is tried by video_test.cpp.
#include "pipeline/media/libav_versions.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace cameo::libav;

const AVPacketSideData* av_packet_side_data_get(const AVPacketSideData* data, int count,
                                                AVPacketSideDataType type) {
  for (const AVPacketSideData* end = data + count; data != end; ++data)
    if (data->type == type) return data;
  return nullptr;
}

AVPacketSideData* av_packet_side_data_new(AVPacketSideData** data, int* count,
                                          AVPacketSideDataType type, std::size_t size,
                                          int /*flags*/) {
  static std::array<std::uint8_t, 16> bytes;
  static AVPacketSideData one;
  one = {bytes.data(), size, type};
  *data = &one;
  *count = 1;
  return &one;
}

unsigned avformat_version() {
  return AV_VERSION_INT(61, 7, 100);
}

int avcodec_get_supported_config(const AVCodecContext* /*context*/, const AVCodec* codec,
                                 AVCodecConfig /*config*/, unsigned /*flags*/, const void** configs,
                                 int* /*count*/) {
  static constexpr std::array kFormats{AV_PIX_FMT_YUYV422, AV_PIX_FMT_YUV420P, AV_PIX_FMT_NONE};
  const std::string_view name = codec->name;
  *configs = name == "any" ? nullptr : kFormats.data();
  return name == "not asked so" ? -22 : 0;
}

TEST_CASE("since FFmpeg 6.1 the display matrix is among the side data of a stream's parameters") {
  std::array<std::int32_t, 9> matrix{1, 2, 3};
  std::array<std::uint8_t, 4> gain{};
  std::array<AVPacketSideData, 2> all{
      {{gain.data(), sizeof gain, AV_PKT_DATA_REPLAYGAIN},
       {reinterpret_cast<std::uint8_t*>(matrix.data()), sizeof matrix, AV_PKT_DATA_DISPLAYMATRIX}}};
  AVCodecParameters parameters{all.data(), 2};
  CHECK(display_matrix({&parameters}) == matrix.data());
  parameters.nb_coded_side_data = 1;
  CHECK(display_matrix({&parameters}) == nullptr);
}

TEST_CASE("since FFmpeg 6.1 side data is added to a stream's parameters") {
  AVCodecParameters parameters{};
  AVStream stream{&parameters};
  const std::array<std::uint8_t, 3> bytes{7, 8, 9};
  CHECK(add_side_data(stream, AV_PKT_DATA_REPLAYGAIN, {bytes.data(), bytes.size()}));
  const SideData added = side_data(stream, AV_PKT_DATA_REPLAYGAIN);
  REQUIRE(added.bytes == bytes.size());
  CHECK(std::equal(bytes.begin(), bytes.end(), added.data));
  CHECK(side_data(stream, AV_PKT_DATA_DISPLAYMATRIX).data == nullptr);
  CHECK(frame_duration({.duration = 5}) == 5);
  CHECK(muxer_adds_padding());
}

TEST_CASE("since FFmpeg 6.1 the order of fields is among the flags of a frame") {
  AVFrame frame{.flags = 1};
  set_fields(frame, true, true);
  CHECK(frame.flags == (1 | AV_FRAME_FLAG_INTERLACED | AV_FRAME_FLAG_TOP_FIELD_FIRST));
  set_fields(frame, true, false);
  CHECK(frame.flags == (1 | AV_FRAME_FLAG_INTERLACED));
  set_fields(frame, false, false);
  CHECK(frame.flags == 1);
}

TEST_CASE("since FFmpeg 7.1 an encoder is asked for its formats, and no list means any") {
  using Formats = std::vector<AVPixelFormat>;
  CHECK(pixel_formats({"two"}) == Formats{AV_PIX_FMT_YUYV422, AV_PIX_FMT_YUV420P});
  CHECK(pixel_formats({"any"}).empty());
  CHECK(pixel_formats({"not asked so"}).empty());
}
