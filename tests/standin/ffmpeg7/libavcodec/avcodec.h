// SPDX-License-Identifier: MIT
#pragma once
// What libav_versions.h takes of FFmpeg 7.1's header, without that which 7.1 deprecates and 8 or
// later drop.
#include <cstddef>
#include <cstdint>

#define AV_VERSION_INT(major, minor, micro) ((major) << 16 | (minor) << 8 | (micro))
#define LIBAVCODEC_VERSION_INT AV_VERSION_INT(61, 19, 100)
#define LIBAVUTIL_VERSION_INT AV_VERSION_INT(59, 39, 100)
#define AV_FRAME_FLAG_INTERLACED (1 << 3)
#define AV_FRAME_FLAG_TOP_FIELD_FIRST (1 << 4)

enum AVPixelFormat { AV_PIX_FMT_NONE = -1, AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUYV422 };
enum AVPacketSideDataType { AV_PKT_DATA_REPLAYGAIN = 4, AV_PKT_DATA_DISPLAYMATRIX };
enum AVCodecConfig { AV_CODEC_CONFIG_PIX_FORMAT };

struct AVPacketSideData {
  std::uint8_t* data;
  std::size_t size;
  AVPacketSideDataType type;
};
struct AVCodecParameters {
  AVPacketSideData* coded_side_data;
  int nb_coded_side_data;
};
struct AVFrame {
  std::int64_t duration;
  int flags;
};
struct AVCodec {
  const char* name;
};
struct AVCodecContext;

const AVPacketSideData* av_packet_side_data_get(const AVPacketSideData* data, int count,
                                                AVPacketSideDataType type);
AVPacketSideData* av_packet_side_data_new(AVPacketSideData** data, int* count,
                                          AVPacketSideDataType type, std::size_t size, int flags);
int avcodec_get_supported_config(const AVCodecContext* context, const AVCodec* codec,
                                 AVCodecConfig config, unsigned flags, const void** configs,
                                 int* count);
