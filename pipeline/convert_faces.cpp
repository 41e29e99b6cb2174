// SPDX-License-Identifier: MIT
#include "pipeline/convert_faces.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "pipeline/face/smooth.h"
#include "pipeline/media/fingerprint.h"

namespace cameo {
namespace {

/// Whether the converter can work with what is known of these faces.
bool usable(const FrameFaces& frame, ConverterKind converter) {
  if (converter == ConverterKind::Adjust) return true;
  return std::all_of(frame.faces.begin(), frame.faces.end(),
                     [](const Face& face) { return face.landmarks.size() == kIbug68; });
}

}  // namespace

ConvertFaces::ConvertFaces(const ConvertOptions& options, const ConvertWatch& watch) {
  const bool named = !options.faces.empty();
  if (!named && options.search) return;
  const std::filesystem::path file = named ? options.faces : faces_path(options.input);
  if (!named && !std::filesystem::exists(file)) return;
  FacesFile faces = read_faces(file);
  const bool fits = faces.source_id.empty() || is_source(faces.source_id, options.input);
  check(fits || !named, ErrorCode::Input, file.string(), ": was made from another input than ",
        options.input.string(), "; extract from this one, or name no faces file");
  if (!fits) {
    if (watch.note)
      watch.note(file.string() +
                 ": was made from another input or an older state of it; faces are detected again");
    return;
  }
  if (watch.note) watch.note("taking the faces that are in " + file.string());
  file_ = file;
  for (FrameFaces& frame : faces.frames)
    if (usable(frame, options.converter)) add(std::move(frame));
}

void ConvertFaces::add(FrameFaces frame) {
  std::string name = frame.name;
  frames_.insert_or_assign(std::move(name), std::move(frame));
}

// Names of a video's frames are their numbers in six digits or more, so order is by index.
void ConvertFaces::smooth(int radius) {
  if (radius < 1 || frames_.empty()) return;
  std::int64_t last = 0;
  for (const auto& [name, frame] : frames_) last = std::max(last, frame.index);
  std::vector<FrameFaces> clip(static_cast<std::size_t>(last) + 1);
  for (const auto& [name, frame] : frames_) clip[static_cast<std::size_t>(frame.index)] = frame;
  for (auto& [name, frame] : frames_)
    frame.faces = smoothed_faces(clip, static_cast<std::size_t>(frame.index), radius);
}

std::span<const Face> ConvertFaces::of(const std::string& frame) const {
  const auto at = frames_.find(frame);
  if (at == frames_.end()) return {};
  return at->second.faces;
}

}  // namespace cameo
