// SPDX-License-Identifier: MIT
#pragma once
// Videos that tests make with the ffmpeg program, and what is in a file, read by libav alone.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "pipeline/media/libav.h"
#include "pipeline/media/libav_versions.h"

namespace cameo::test {

/// Runs ffmpeg in `folder`.
inline void ffmpeg(const std::filesystem::path& folder, const std::string& arguments) {
  const std::string command =
      "cd '" + folder.string() + "' && ffmpeg -nostdin -v error -y " + arguments;
  REQUIRE(std::system(command.c_str()) == 0);
}

/// A moving test image: `-f lavfi -i testsrc...` of a size and rate.
inline std::string moving(const std::string& size, const std::string& rate = "25") {
  return "-f lavfi -i testsrc=s=" + size + ":r=" + rate + " ";
}

/// A packet as it is stored.
struct StoredPacket {
  double seconds = 0;  ///< presentation
  std::vector<std::uint8_t> bytes;
  bool operator==(const StoredPacket&) const = default;
};

/// A stream of a file with its packets.
struct StoredStream {
  AVMediaType type = AVMEDIA_TYPE_UNKNOWN;
  std::string codec, language, pixels;
  int disposition = 0;
  int extradata = 0;  ///< bytes
  int light = 0;      ///< how many kinds of light levels: mastering display, content
  AVRational aspect{0, 1};
  std::vector<StoredPacket> packets;
  std::vector<std::int64_t> stamps;     ///< presentation, ticks, in order
  std::vector<std::int64_t> durations;  ///< of the packets, ticks
  AVRational ticks{0, 1};
};

struct StoredFile {
  std::vector<StoredStream> streams;
  std::vector<std::pair<std::string, double>> chapters;  ///< title and begin
  std::string title;
  /// The streams of a type.
  std::vector<StoredStream> of(AVMediaType type) const {
    std::vector<StoredStream> found;
    for (const StoredStream& stream : streams)
      if (stream.type == type) found.push_back(stream);
    return found;
  }
};

/// Value of a metadata entry; empty if there is none.
inline std::string entry(const AVDictionary* metadata, const char* key) {
  const AVDictionaryEntry* found = av_dict_get(metadata, key, nullptr, 0);
  return found == nullptr ? "" : found->value;
}

/// Reads all of a file.
inline StoredFile stored(const std::filesystem::path& file) {
  AVFormatContext* raw = nullptr;
  REQUIRE(avformat_open_input(&raw, file.c_str(), nullptr, nullptr) >= 0);
  const libav::Input input(raw);
  REQUIRE(avformat_find_stream_info(raw, nullptr) >= 0);
  StoredFile all;
  all.title = entry(raw->metadata, "title");
  for (unsigned i = 0; i < raw->nb_chapters; ++i) {
    const AVChapter& chapter = *raw->chapters[i];
    all.chapters.emplace_back(entry(chapter.metadata, "title"),
                              static_cast<double>(chapter.start) * av_q2d(chapter.time_base));
  }
  for (unsigned i = 0; i < raw->nb_streams; ++i) {
    const AVStream& from = *raw->streams[i];
    const AVCodecParameters& par = *from.codecpar;
    StoredStream stream{.type = par.codec_type, .codec = avcodec_get_name(par.codec_id)};
    stream.language = entry(from.metadata, "language");
    if (par.codec_type == AVMEDIA_TYPE_VIDEO)
      stream.pixels = av_get_pix_fmt_name(static_cast<AVPixelFormat>(par.format));
    stream.disposition = from.disposition;
    stream.extradata = par.extradata_size;
    for (const auto kind :
         {AV_PKT_DATA_MASTERING_DISPLAY_METADATA, AV_PKT_DATA_CONTENT_LIGHT_LEVEL})
      stream.light += libav::side_data(from, kind).data != nullptr ? 1 : 0;
    stream.aspect = from.sample_aspect_ratio;
    stream.ticks = from.time_base;
    all.streams.push_back(stream);
  }
  const libav::AvPacket packet(av_packet_alloc());
  while (av_read_frame(raw, packet.get()) >= 0) {
    StoredStream& stream = all.streams.at(static_cast<std::size_t>(packet->stream_index));
    stream.packets.push_back({static_cast<double>(packet->pts) * av_q2d(stream.ticks),
                              {packet->data, packet->data + packet->size}});
    stream.stamps.push_back(packet->pts);
    stream.durations.push_back(packet->duration);
    av_packet_unref(packet.get());
  }
  for (StoredStream& stream : all.streams) std::sort(stream.stamps.begin(), stream.stamps.end());
  return all;
}

/// The bytes of a stream's packets.
inline std::vector<std::vector<std::uint8_t>> bytes_of(const StoredStream& stream) {
  std::vector<std::vector<std::uint8_t>> all;
  for (const StoredPacket& packet : stream.packets) all.push_back(packet.bytes);
  return all;
}

}  // namespace cameo::test
