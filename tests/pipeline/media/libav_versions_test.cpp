// SPDX-License-Identifier: MIT
// Compiled with stand-ins for FFmpeg 7.1's headers (tests/standin/ffmpeg7), whatever FFmpeg is
// installed; that one is tried by video_test.cpp.
#include "pipeline/media/libav_versions.h"

#include <array>
#include <string_view>

#include <doctest/doctest.h>

using namespace cameo::libav;

const AVPacketSideData* av_packet_side_data_get(const AVPacketSideData* data, int count,
                                                AVPacketSideDataType type) {
  for (const AVPacketSideData* end = data + count; data != end; ++data)
    if (data->type == type) return data;
  return nullptr;
}

int avcodec_get_supported_config(const AVCodecContext* /*context*/, const AVCodec* codec,
                                 AVCodecConfig /*config*/, unsigned /*flags*/, const void** configs,
                                 int* /*count*/) {
  static constexpr std::array kFormats{AV_PIX_FMT_YUYV422, AV_PIX_FMT_YUV420P, AV_PIX_FMT_NONE};
  const std::string_view name = codec->name;
  *configs = name == "any" ? nullptr : kFormats.data() + (name == "neither" ? 2 : 0);
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

TEST_CASE("since FFmpeg 7.1 an encoder is asked for its formats, and no list means any") {
  CHECK(takes_pixels({"two"}, AV_PIX_FMT_YUV420P));
  CHECK(!takes_pixels({"neither"}, AV_PIX_FMT_YUV420P));
  CHECK(takes_pixels({"any"}, AV_PIX_FMT_YUV420P));
  CHECK(!takes_pixels({"not asked so"}, AV_PIX_FMT_YUV420P));
}
