// SPDX-License-Identifier: MIT
#pragma once
// What FFmpeg keeps in other places since 6.1 and 7.1.
#include <cstdint>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace cameo::libav {

/// The display matrix, 9 numbers of fixed point; nullptr if the stream has none.
inline const std::int32_t* display_matrix(const AVStream& stream) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 102)  // FFmpeg 6.1
  const AVCodecParameters& par = *stream.codecpar;
  const AVPacketSideData* data = av_packet_side_data_get(
      par.coded_side_data, par.nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
  return data == nullptr ? nullptr : reinterpret_cast<const std::int32_t*>(data->data);
#else
  return reinterpret_cast<const std::int32_t*>(
      av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr));
#endif
}

/// Whether an encoder takes pixels of this format.
inline bool takes_pixels(const AVCodec& codec, AVPixelFormat pixels) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 19, 100)  // FFmpeg 7.1
  const void* list = nullptr;
  const int code =
      avcodec_get_supported_config(nullptr, &codec, AV_CODEC_CONFIG_PIX_FORMAT, 0, &list, nullptr);
  if (code < 0) return false;
  const auto* formats = static_cast<const AVPixelFormat*>(list);
  if (formats == nullptr) return true;  // it takes any
#else
  const AVPixelFormat* formats = codec.pix_fmts;
#endif
  for (const auto* p = formats; p != nullptr && *p != AV_PIX_FMT_NONE; ++p)
    if (*p == pixels) return true;
  return false;
}

}  // namespace cameo::libav
