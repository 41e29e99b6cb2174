// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pipeline/media/ranges.h"
#include "pipeline/media/source.h"

namespace cameo {

/// The frames of an image, a folder of images or a video, by name: an image's without its suffix,
/// the number of a video's frame in six digits.
class NamedFrames {
 public:
  /// what: for messages, such as "masks". kept: the frames of another video that this one holds,
  /// as a conversion leaves them that discards the rest: they go by their numbers there; none: all.
  /// Throws Error: ErrorCode::Usage if no path is given,
  /// ErrorCode::Input if it cannot be read, a video is damaged or holds more than is kept.
  NamedFrames(std::filesystem::path path, std::string what, std::span<const FrameRange> kept = {});

  /// All names, in natural order.
  const std::vector<std::string>& names() const { return names_; }
  bool contains(const std::string& name) const { return places_.contains(name); }
  /// The frame, 8-bit BGR. Of a video, one that lies before the frame read last costs reading it
  /// from its beginning. Throws Error (ErrorCode::Input) if there is none of that name, or it
  /// cannot be read.
  cv::Mat read(const std::string& name);

 private:
  struct Place {
    std::filesystem::path file;  ///< of an image
    std::int64_t index = 0;      ///< in a video
  };

  std::filesystem::path path_;
  std::string what_;
  std::vector<std::string> names_;
  std::map<std::string, Place> places_;
  std::unique_ptr<FrameSource> video_;  ///< at next_
  std::int64_t next_ = 0;
};

}  // namespace cameo
