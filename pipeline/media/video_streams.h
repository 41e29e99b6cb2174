// SPDX-License-Identifier: MIT
#pragma once
// The streams of a source beside its images, copied packet by packet into another container.
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/media/libav.h"
#include "pipeline/media/video_input.h"
#include "pipeline/media/video_stamps.h"
#include "pipeline/media/video_subtitles.h"
#include "pipeline/media/video_writer.h"

namespace cameo::libav {

/// Copies sound, subtitles, further images, attachments, chapters and metadata of a source. Text
/// subtitles that the container has in another form are converted.
class StreamCopy {
 public:
  /// Plans the copy; writes nothing. with_images: the image stream is copied as well.
  StreamCopy(const std::filesystem::path& source, AVFormatContext& output,
             const VideoWriterOptions& options, bool with_images = false);

  /// What the container cannot keep: "stream 3 (subtitle, hdmv_pgs_subtitle, eng)".
  const std::vector<std::string>& lost() const { return lost_; }

  /// The source's images.
  const AVStream& images() const { return input_.images(); }

  /// Adds the output's streams in the order of the source's. images: adds the one of the images
  /// where it belongs (unused if they are copied).
  void add_streams(const std::function<AVStream*()>& images);

  /// Chapters of the time that was kept.
  void add_chapters(const KeptTime& kept, AVRational ticks);

  /// Writes what the source has up to `until`, ticks of the images, as far as it lies there in the
  /// file.
  void write_until(std::int64_t until, const KeptTime& kept, AVRational ticks);
  /// Writes the rest, of which nothing lies behind `until`.
  void write_rest(std::optional<std::int64_t> until, const KeptTime& kept, AVRational ticks);

  /// Image packets that were copied and are shown.
  std::int64_t images_copied() const { return images_copied_; }

 private:
  /// What becomes of a stream.
  struct Plan {
    enum class Fate { Leave, Copy, Convert, Attach } fate = Fate::Leave;
    AVStream* to = nullptr;
    std::unique_ptr<SubtitleConverter> converter;
    std::int64_t last_dts = AV_NOPTS_VALUE;
    std::int64_t warm_up = AV_NOPTS_VALUE;  // hidden sound from which the decoder starts
  };
  using Fate = Plan::Fate;

  void plan(AVStream& stream, const VideoWriterOptions& options, bool with_images);
  Fate fate_of(AVStream& stream) const;
  void add(AVStream& stream, Plan& plan);
  void describe(const AVStream& from, AVStream& to) const;
  bool next();
  bool lies_behind(std::int64_t until, AVRational ticks) const;
  static std::int64_t middle_of(const AVPacket& packet, const AVStream& stream);
  void put(AVPacket& packet, const KeptTime& kept, AVRational ticks);
  /// Whether a packet is written: what an edit list hides, as MP4 has them, would be played in
  /// other containers, and what lies before 0 would put off all streams.
  bool plays(const AVPacket& packet, const Plan& plan) const;
  void write(AVPacket& packet, Plan& plan);
  /// Writes subtitles of waiting_, cut to what was kept: those whose time is over, or all.
  void write_waiting(const KeptTime& kept, AVRational ticks, bool all);

  std::filesystem::path source_;
  VideoInput input_;
  AVFormatContext& output_;
  std::vector<Plan> plans_;  // by the source's streams
  std::vector<std::string> lost_;
  AvPacket packet_{av_packet_alloc()};
  std::deque<AvPacket> waiting_;  // subtitles that may reach into frames yet to come
  bool held_ = false;             // packet_ lies behind `until`
  bool ended_ = false;
  std::int64_t images_copied_ = 0;
};

}  // namespace cameo::libav
