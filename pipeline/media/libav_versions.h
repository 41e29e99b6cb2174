// SPDX-License-Identifier: MIT
#pragma once
// What FFmpeg keeps in other places since 6.1 and 7.1.
#include <cstdint>
#include <cstring>
#include <vector>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace cameo::libav {

/// Bytes of side data; empty if there are none.
struct SideData {
  const std::uint8_t* data = nullptr;
  std::size_t bytes = 0;
};

/// A stream's side data of one type.
inline SideData side_data(const AVStream& stream, AVPacketSideDataType type) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 102)  // FFmpeg 6.1
  const AVCodecParameters& par = *stream.codecpar;
  const AVPacketSideData* data =
      av_packet_side_data_get(par.coded_side_data, par.nb_coded_side_data, type);
  return data == nullptr ? SideData{} : SideData{data->data, data->size};
#else
  std::size_t bytes = 0;
  const std::uint8_t* data = av_stream_get_side_data(&stream, type, &bytes);
  return {data, data == nullptr ? 0 : bytes};
#endif
}

/// Adds side data of one type to a stream; false if there is no memory for it.
inline bool add_side_data(AVStream& stream, AVPacketSideDataType type, const SideData& side) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 102)  // FFmpeg 6.1
  AVCodecParameters& par = *stream.codecpar;
  const AVPacketSideData* added =
      av_packet_side_data_new(&par.coded_side_data, &par.nb_coded_side_data, type, side.bytes, 0);
  std::uint8_t* to = added == nullptr ? nullptr : added->data;
#else
  std::uint8_t* to = av_stream_new_side_data(&stream, type, side.bytes);
#endif
  if (to == nullptr) return false;
  std::memcpy(to, side.data, side.bytes);
  return true;
}

/// Gives a stream the side data of another whose parameters it got as a copy.
inline bool copy_side_data([[maybe_unused]] const AVStream& from, [[maybe_unused]] AVStream& to) {
#if LIBAVCODEC_VERSION_INT < AV_VERSION_INT(60, 31, 102)  // since FFmpeg 6.1 the copy has it
  for (int i = 0; i < from.nb_side_data; ++i) {
    const AVPacketSideData& side = from.side_data[i];
    if (!add_side_data(to, side.type, {side.data, side.size})) return false;
  }
#endif
  return true;
}

/// The display matrix, 9 numbers of fixed point; nullptr if the stream has none.
inline const std::int32_t* display_matrix(const AVStream& stream) {
  return reinterpret_cast<const std::int32_t*>(side_data(stream, AV_PKT_DATA_DISPLAYMATRIX).data);
}

/// Ticks that a frame is shown for; 0 if not known.
inline std::int64_t frame_duration(const AVFrame& frame) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 102)  // FFmpeg 6.1
  return frame.duration;
#else
  return frame.pkt_duration;
#endif
}

/// Says of a frame whether its lines are those of two fields, and which is shown first.
inline void set_fields(AVFrame& frame, bool interlaced, bool top_first) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)  // FFmpeg 6.1
  const auto set = [&](int flag, bool on) {
    frame.flags = on ? frame.flags | flag : frame.flags & ~flag;
  };
  set(AV_FRAME_FLAG_INTERLACED, interlaced);
  set(AV_FRAME_FLAG_TOP_FIELD_FIRST, top_first);
#else
  frame.interlaced_frame = interlaced ? 1 : 0;
  frame.top_field_first = top_first ? 1 : 0;
#endif
}

/// Whether Matroska's muxer itself puts off sound by what is to be skipped at its beginning.
inline bool muxer_adds_padding() {
  return avformat_version() >= AV_VERSION_INT(60, 0, 0);  // FFmpeg 6.0
}

/// The pixel formats that an encoder takes, its favourites first; none if it takes any.
inline std::vector<AVPixelFormat> pixel_formats(const AVCodec& codec) {
  std::vector<AVPixelFormat> all;
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 19, 100)  // FFmpeg 7.1
  const void* list = nullptr;
  const int code =
      avcodec_get_supported_config(nullptr, &codec, AV_CODEC_CONFIG_PIX_FORMAT, 0, &list, nullptr);
  const auto* formats = code < 0 ? nullptr : static_cast<const AVPixelFormat*>(list);
#else
  const AVPixelFormat* formats = codec.pix_fmts;
#endif
  for (const auto* p = formats; p != nullptr && *p != AV_PIX_FMT_NONE; ++p) all.push_back(*p);
  return all;
}

}  // namespace cameo::libav
