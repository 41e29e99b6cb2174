// SPDX-License-Identifier: MIT
#include "pipeline/measure/named_frames.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/image.h"

namespace cameo {

NamedFrames::NamedFrames(std::filesystem::path path, std::string what,
                         std::span<const FrameRange> kept)
    : path_(std::move(path)), what_(std::move(what)) {
  check(!path_.empty(), ErrorCode::Usage, "evaluate: no ", what_, " given");
  if (std::filesystem::is_directory(path_)) {
    for (const std::filesystem::path& file : list_images(path_))
      places_[file.stem().string()] = {.file = file};
  } else if (open_source(path_)->is_video()) {
    VideoReader reader(path_);  // few containers know how many frames they have
    std::int64_t last = FrameRange{}.last;
    if (!kept.empty())
      last = std::max_element(kept.begin(), kept.end(), [](const auto& a, const auto& b) {
               return a.last < b.last;
             })->last;
    std::int64_t number = 0;
    for (std::int64_t i = 0; reader.skip(); ++i) {
      while (number <= last && !in_ranges(kept, number)) ++number;
      check(number <= last, ErrorCode::Input, path_.string(), ": holds more frames than the ", i,
            " of the ranges that were kept");
      places_[frame_name(number++)] = {.index = i};
    }
  } else {
    places_[path_.stem().string()] = {.file = path_};
  }
  for (const auto& [name, place] : places_) names_.push_back(name);
  std::sort(names_.begin(), names_.end(), natural_less);
}

cv::Mat NamedFrames::read(const std::string& name) {
  const auto at = places_.find(name);
  check(at != places_.end(), ErrorCode::Input, name, ": not among the ", what_, ", ",
        path_.string());
  const Place& place = at->second;
  if (!place.file.empty()) return read_image(place.file);
  if (!video_ || place.index < next_) {
    const std::int64_t first = place.index;
    video_ = open_source(path_, [first](std::int64_t index) { return index >= first; });
  }
  while (std::optional<Frame> frame = video_->next()) {
    next_ = frame->index + 1;
    if (frame->index < place.index) continue;
    check(frame->error.empty(), ErrorCode::Input, frame->error);
    if (frame->index == place.index) return frame->pixels;
    break;
  }
  video_.reset();
  fail(ErrorCode::Input, name, ": cannot be read again from ", path_.string());
}

}  // namespace cameo
