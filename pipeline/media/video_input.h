// SPDX-License-Identifier: MIT
#pragma once
// A video file as packets whose time stamps are in step and go on where recordings were joined.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/media/libav.h"
#include "pipeline/media/video_stamps.h"

namespace cameo::libav {

/// Demuxer of a file: packets of all its streams, as stored but for their stamps. The start of a
/// broadcast, or one far from 0, is taken off all streams alike, and jumps of joined recordings are
/// taken out (JoinOffset). Two of the same file give the same.
class VideoInput {
 public:
  /// Throws Error (ErrorCode::Input) if the file is no video.
  explicit VideoInput(const std::filesystem::path& file);

  AVFormatContext& format() const { return *input_; }
  /// The first image stream that is no cover.
  AVStream& images() const { return *images_; }

  /// Reads the next packet; 0, or libav's error: AVERROR_EOF at the end.
  int read(AVPacket& packet);

  /// Which of the recordings that were joined the images are in, from 0.
  std::size_t part() const { return joined_ ? joined_->part(images_->index) : 0; }

  /// Why the file holds less than it says, after its end was read; empty if it does not.
  std::string missing() const;

  /// Moves a stamp of this stream, as stored, to where read() puts it, before any join.
  std::int64_t from_start(std::int64_t stamp, AVRational ticks) const;

 private:
  void mend(AVPacket& packet);

  Input input_;
  AVStream* images_ = nullptr;
  std::int64_t start_ = 0;            // microseconds
  std::optional<JoinOffset> joined_;  // where its kind of file is one that gets joined
  std::int64_t packets_ = 0;          // of the images
  std::int64_t expected_ = 0;         // of the images, by the index; 0: not known
  double last_ = 0;                   // seconds at which the last packet ends
};

/// Frames that the stream shows, as far as its container says; 0 if it does not.
std::int64_t frames_shown(const AVFormatContext& input, const AVStream& stream);

}  // namespace cameo::libav
