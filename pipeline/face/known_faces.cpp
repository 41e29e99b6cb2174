// SPDX-License-Identifier: MIT
#include "pipeline/face/known_faces.h"

#include <cstdint>
#include <utility>

#include "base/error.h"

namespace cameo {

KnownFaces::KnownFaces(const std::filesystem::path& file, const std::filesystem::path& input) {
  FacesFile faces = read_faces(file);
  for (FrameFaces& frame : faces.frames) frames_[frame.name] = std::move(frame);
  std::int64_t count = 0;
  bool any = false;
  cv::Size size;
  const auto source = open_source(input);
  while (!any) {
    const std::optional<Frame> frame = source->next();
    if (!frame) break;
    ++count;
    any = contains(frame->name);
    if (frame->error.empty()) size = frame->pixels.size();
  }
  check(any, ErrorCode::Input, file.string(), ": none of its ", frames_.size(),
        " frames is one of ", count, " of ", input.string(), "; frames are matched by name");
  check(faces.width == 0 || size.empty() || size == cv::Size(faces.width, faces.height),
        ErrorCode::Input, file.string(), ": is of frames of ", faces.width, "x", faces.height,
        " pixels, ", input.string(), " has ", size.width, "x", size.height);
}

FrameFaces KnownFaces::of(const Frame& frame) const {
  FrameFaces faces{.name = frame.name, .index = frame.index, .seconds = frame.seconds};
  const auto at = frames_.find(frame.name);
  if (at == frames_.end()) return faces;
  faces.faces = at->second.faces;
  for (Face& face : faces.faces) face.crop.clear();
  return faces;
}

}  // namespace cameo
