// SPDX-License-Identifier: MIT
#pragma once
// Encoded images kept in parts beside the output, for going on after a run that was killed.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/file_lock.h"
#include "pipeline/media/libav.h"
#include "pipeline/media/video_stamps.h"

namespace cameo::libav {

/// State of an encoding after a number of segments.
struct SegmentState {
  std::int64_t next_index = 0;  ///< of the source's first frame that is not in a segment
  std::int64_t frames = 0;      ///< encoded
  bool changed = false;         ///< whether one of them was changed
  cv::Size size;                ///< of the first frame
  std::string pixels;           ///< pixel format of the source, libav's name
  std::vector<KeptTime::Range> kept;
};

/// Folder `.NAME.segments` beside a video (a long NAME shortened): `key.json`, and of each segment
/// the packets
/// (`000000.packets`) and the state after it (`000000.json`, written last). A segment without its
/// state was not completed, and is written anew. Packets lie there one after the other: containers
/// keep neither decoding stamps nor any time base exactly.
class SegmentFolder {
 public:
  /// Takes over what is there if its key is equal; else removes it. Throws Error (ErrorCode::Input)
  /// if the folder cannot be made, (ErrorCode::Usage) if another run writes the video.
  SegmentFolder(const std::filesystem::path& file, const std::string& key);

  const std::filesystem::path& folder() const { return folder_; }
  /// The state after the last complete segment.
  const SegmentState& state() const { return state_; }

  /// Adds a packet to the current segment.
  void add(const AVPacket& packet);
  /// Completes the current segment.
  void complete(const SegmentState& state);
  /// Passes on the packets of all complete segments, decoding stamps rising over their joints.
  void read(const std::function<void(AVPacket&)>& packet) const;
  /// Removes the folder.
  void remove() const;

 private:
  std::filesystem::path name(std::size_t segment, const char* suffix) const;
  static void read_segment(const std::filesystem::path& file,
                           const std::function<void(AVPacket&)>& packet);
  void take_over(const std::string& key);
  void clear() const;
  void check_written() const;

  std::filesystem::path folder_;
  std::optional<FileLock> lock_;
  std::size_t complete_ = 0;
  SegmentState state_;
  std::ofstream packets_;  // of the current segment
};

}  // namespace cameo::libav
