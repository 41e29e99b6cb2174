// SPDX-License-Identifier: MIT
#include "pipeline/convert_faces.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/extract_settings.h"
#include "pipeline/face/image_faces.h"
#include "pipeline/face/people.h"
#include "pipeline/face/smooth.h"
#include "pipeline/media/fingerprint.h"
#include "pipeline/media/source.h"

namespace cameo {
namespace {

/// Whether the converter can work with what is known of these faces.
bool usable(const FrameFaces& frame, ConverterKind converter) {
  if (converter == ConverterKind::Adjust) return true;
  return std::all_of(frame.faces.begin(), frame.faces.end(),
                     [](const Face& face) { return face.landmarks.size() == kIbug68; });
}

/// The frames at the places of their indices, with empty ones between.
std::vector<FrameFaces> dense(std::span<const FrameFaces> frames) {
  std::int64_t last = 0;
  for (const FrameFaces& frame : frames) last = std::max(last, frame.index);
  std::vector<FrameFaces> all(static_cast<std::size_t>(last) + 1);
  for (const FrameFaces& frame : frames) all[static_cast<std::size_t>(frame.index)] = frame;
  return all;
}

}  // namespace

ConvertFaces::ConvertFaces(const ConvertOptions& options, const ConvertWatch& watch)
    : options_(options), watch_(watch) {
  faces_.searched = false;
  const bool named = !options.faces.empty();
  if (!named && options.search) return;
  const std::filesystem::path file = named ? options.faces : find_file();
  if (file.empty()) return;
  FacesFile faces = read_faces(file);
  filtered_ = has_filter(faces.settings);
  const bool fits = take(std::move(faces));
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
  if (!options.crops.empty()) faces_ = only_kept_crops(std::move(faces_), options.crops);
  std::erase_if(faces_.frames,
                [&](const FrameFaces& frame) { return !usable(frame, options.converter); });
  index();
}

/// Where extraction left what it found, unless it was told another place; empty: nowhere known.
std::filesystem::path ConvertFaces::find_file() const {
  std::filesystem::path beside = faces_path(options_.input);
  std::error_code missing;
  if (std::filesystem::exists(beside, missing)) return beside;
  if (!options_.crops.empty()) {
    std::filesystem::path file = options_.crops / beside.filename();
    if (std::filesystem::exists(file, missing)) return file;
  }
  if (marked_read_only(beside.parent_path()) && watch_.note)
    watch_.note(beside.parent_path().string() +
                ": is read-only and holds no faces file; if faces were extracted, name the one in "
                "their folder with --faces, else everybody's face is swapped");
  return {};
}

/// Takes what holds for the input as it is now; false if nothing does.
bool ConvertFaces::take(FacesFile faces) {
  if (is_images(options_.input) && !faces.frames.empty()) {
    faces = match_images(std::move(faces), options_.input).known;
    if (faces.frames.empty()) return false;
  } else if (!faces.source_id.empty() && !is_source(faces.source_id, options_.input)) {
    return false;
  }
  faces_ = std::move(faces);
  return true;
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
  std::set<std::string> before;
  for (const FrameFaces& frame : faces_.frames) before.insert(frame.name);
  faces_.unreadable.clear();  // they are tried again
  std::optional<FacesJournal> journal;
  if (!options_.resume_key.empty() && source.count() != 1) open_journal(journal);
  bool stopped = false;
  const SearchOptions options{.input = options_.input,
                              .choice = inside,
                              .detect_every = options_.detect_every,
                              .journal = journal ? &*journal : nullptr};
  const auto progress = [&](std::string_view stage) {
    return [&, stage](std::int64_t done, std::int64_t count) {
      stopped = watch_.progress && !watch_.progress(stage, done, count);
      return !stopped;
    };
  };
  const SearchWatch watch{
      .progress = progress("detecting faces"),
      .comparing = progress("comparing faces"),
      .stages = [this](const std::vector<StageReport>& stages) { add_reports(stages_, stages); }};
  faces_ = search(options, std::move(faces_), watch);
  for (const FrameFaces& frame : faces_.frames) {
    if (before.contains(frame.name)) continue;
    if (searched_++ == 0 && !path_.empty() && watch_.note)
      watch_.note(frame.name + " is not in " + path_.string() +
                  (filtered_ ? ": such frames are searched now, without the filter that the file "
                               "was made with"
                             : ": such frames are searched now"));
  }
  for (const Unreadable& frame : faces_.unreadable) faults_[frame.name] = frame.why;
  index();
  return !stopped;
}

std::filesystem::path ConvertFaces::journal_path() const {
  constexpr std::string_view kRest = "..faces.json";
  const std::string name = shortened_name(options_.output.filename().string(), kRest.size());
  return tidy_path(options_.output).parent_path() / ("." + name + ".faces.json");
}

/// Goes on with what a search that was killed has found.
void ConvertFaces::open_journal(std::optional<FacesJournal>& journal) {
  const std::filesystem::path file = journal_path();
  const std::string source = source_fingerprint(options_.input);
  const std::string key =
      options_.resume_key + (path_.empty() ? "" : source_fingerprint(path_) + "\n");
  std::error_code missing;
  if (std::filesystem::exists(file, missing)) {
    try {
      FacesFile earlier = read_faces(file);
      if (earlier.settings == key && earlier.source_id == source)
        faces_ = is_images(options_.input) ? match_images(std::move(earlier), options_.input).known
                                           : std::move(earlier);
    } catch (const Error&) {
      // It is no more than a way to save time.
    }
  }
  faces_.settings = key;
  faces_.source = options_.input.string();
  faces_.source_id = source;
  faces_.complete = false;
  make_folder(file.parent_path());
  journal.emplace(file, faces_);
}

void ConvertFaces::forget_search() const {
  if (options_.resume_key.empty()) return;
  std::error_code ignored;
  std::filesystem::remove(journal_path(), ignored);
}

void ConvertFaces::smooth(int radius) {
  if (radius < 1 || faces_.frames.empty()) return;
  if (!faces_.tracks.empty()) return smooth_tracks(faces_.frames, radius);
  const std::vector<FrameFaces> clip = dense(faces_.frames);
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

void ConvertFaces::check_person(int person) const {
  std::set<int> numbers;
  for (const auto& [track, number] : people_)
    if (number >= 0) numbers.insert(number);
  std::string known;
  for (const int number : numbers) known += (known.empty() ? "" : ", ") + std::to_string(number);
  check(numbers.contains(person), ErrorCode::Usage, "convert: there is no person ", person, " in ",
        options_.input.string(),
        known.empty() ? ": extract its faces, then run `cameo faces cluster` on the faces file"
                      : "; there are " + known);
}

std::string ConvertFaces::fault_of(const std::string& frame) const {
  const auto at = faults_.find(frame);
  return at == faults_.end() ? std::string() : at->second;
}

}  // namespace cameo
