// SPDX-License-Identifier: MIT
#include "pipeline/convert_faces.h"

#include <algorithm>
#include <set>
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

ConvertFaces::ConvertFaces(const ConvertOptions& options, const ConvertWatch& watch)
    : options_(options), watch_(watch) {
  faces_.searched = false;
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
  path_ = file;
  faces_ = std::move(faces);
  std::erase_if(faces_.frames,
                [&](const FrameFaces& frame) { return !usable(frame, options.converter); });
  index();
}

void ConvertFaces::index() {
  at_.clear();
  people_.clear();
  for (std::size_t i = 0; i < faces_.frames.size(); ++i) at_[faces_.frames[i].name] = i;
  for (const Track& track : faces_.tracks) people_[track.id] = track.person;
}

bool ConvertFaces::search(const SearchFaces& search, const FrameChoice& inside,
                          const FrameSource& source) {
  std::set<std::int64_t> known;
  for (const FrameFaces& frame : faces_.frames) known.insert(frame.index);
  std::int64_t unknown = 0;
  for (std::int64_t i = 0; i < source.count(); ++i)
    if (inside(i) && !known.contains(i)) ++unknown;
  if (source.count() > 0 && unknown == 0 && faces_.searched) return true;
  bool stopped = false;
  const SearchOptions options{
      .input = options_.input, .choice = inside, .detect_every = options_.detect_every};
  const SearchWatch watch{.progress = [&](std::int64_t done, std::int64_t count) {
    stopped = watch_.progress && !watch_.progress("detecting faces", done, count);
    return !stopped;
  }};
  std::set<std::string> before;
  for (const FrameFaces& frame : faces_.frames) before.insert(frame.name);
  faces_.unreadable.clear();  // they are tried again
  faces_ = search(options, std::move(faces_), watch);
  for (const FrameFaces& frame : faces_.frames) {
    if (before.contains(frame.name)) continue;
    if (searched_++ == 0 && !path_.empty() && watch_.note)
      watch_.note(frame.name + " is not in " + path_.string() +
                  ": such frames are searched now, without the filter that the file was made with");
  }
  for (const Unreadable& frame : faces_.unreadable) faults_[frame.name] = frame.why;
  index();
  return !stopped;
}

// Names of a video's frames are their numbers in six digits or more, so order is by index.
void ConvertFaces::smooth(int radius) {
  if (radius < 1 || faces_.frames.empty()) return;
  std::int64_t last = 0;
  for (const FrameFaces& frame : faces_.frames) last = std::max(last, frame.index);
  std::vector<FrameFaces> clip(static_cast<std::size_t>(last) + 1);
  for (const FrameFaces& frame : faces_.frames) clip[static_cast<std::size_t>(frame.index)] = frame;
  for (FrameFaces& frame : faces_.frames)
    frame.faces = smoothed_faces(clip, static_cast<std::size_t>(frame.index), radius);
}

std::span<const Face> ConvertFaces::of(const std::string& frame) const {
  const auto at = at_.find(frame);
  if (at == at_.end()) return {};
  return faces_.frames[at->second].faces;
}

int ConvertFaces::person_of(const Face& face) const {
  const auto at = people_.find(face.track);
  return at == people_.end() ? -1 : at->second;
}

std::string ConvertFaces::fault_of(const std::string& frame) const {
  const auto at = faults_.find(frame);
  return at == faults_.end() ? std::string() : at->second;
}

}  // namespace cameo
