// SPDX-License-Identifier: MIT
#include "pipeline/extract_input.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/face/image_faces.h"
#include "pipeline/media/fingerprint.h"
#include "pipeline/media/source.h"

namespace cameo {
namespace fs = std::filesystem;
namespace {

/// Whether it was made from this input, however that was spelt.
bool is_of(const FacesFile& file, const fs::path& input) {
  return tidy_path(file.source) == tidy_path(input);
}

// Those that the new settings do not find would else stay and be trained on. Some may be gone: a
// user takes bad ones away.
std::vector<std::string> replaced_faces(const fs::path& input, const fs::path& file) {
  try {
    const FacesFile earlier = read_faces(file);
    if (file == faces_path(input) || is_of(earlier, input)) return crops_of(earlier);
  } catch (const Error&) {
    // Whatever it is, it is to be replaced.
  }
  return {};
}

std::string images(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " image" : " images");
}

/// Goes on with what is known of images that are still what they were. False if it is nothing to go
/// on from.
bool match_earlier(ExtractInput& input, FacesFile& earlier, const fs::path& file) {
  const bool has_ids = std::any_of(earlier.frames.begin(), earlier.frames.end(),
                                   [](const FrameFaces& frame) { return !frame.file_id.empty(); });
  const bool of_this = file == faces_path(input.path) || is_of(earlier, input.path);
  const bool complete = earlier.complete;
  ImageFaces matched = match_images(std::move(earlier), input.path);
  earlier = std::move(matched.known);
  if (earlier.frames.empty() && !matched.changed.empty() && !(has_ids && of_this)) return false;
  if (earlier.frames.empty() && !matched.gone.empty() && !of_this) return false;
  const std::size_t fresh = matched.added + matched.changed.size();
  if (complete && fresh > 0)
    input.notes.push_back(input.path.string() + ": " + images(fresh) +
                          (fresh == 1 ? " is" : " are") + " new or changed since " + file.string() +
                          " was written");
  const auto crops = crops_of({.frames = matched.gone}).size();
  if (!matched.gone.empty())
    input.notes.push_back(input.path.string() + ": " + images(matched.gone.size()) + " that " +
                          file.string() + " tells of are gone; their " + std::to_string(crops) +
                          " faces stay where they are");
  input.to_remove = crops_of({.frames = std::move(matched.changed)});
  return true;
}

void take_earlier(const ExtractOptions& options, ExtractInput& input, const fs::path& file) {
  FacesFile earlier = read_faces(file);
  check(earlier.settings == input.file.settings, ErrorCode::Usage, file.string(),
        ": is of an extraction with other settings; give --overwrite to do it again, or another "
        "place for the faces file");
  // With a step, one image more moves all that come behind it.
  const bool by_image = options.every_nth == 1 && is_images(input.path);
  const bool known =
      by_image ? match_earlier(input, earlier, file) : is_source(earlier.source_id, input.path);
  check(known, ErrorCode::Usage, file.string(),
        ": is of another state of this input; give --overwrite to do it again, or another place "
        "for the faces file");
  const auto names = crops_of(earlier);
  const auto here =
      static_cast<std::size_t>(std::count_if(names.begin(), names.end(), [&](const auto& name) {
        return fs::exists(options.output / name);
      }));
  if (here == 0 && !names.empty()) return;  // they went elsewhere, or all away
  if (here < names.size())
    input.notes.push_back(file.string() + ": " + std::to_string(names.size() - here) + " of its " +
                          std::to_string(names.size()) + " faces are gone from " +
                          options.output.string() + " and stay so; --overwrite makes them again");
  input.faces_path = file;
  input.finished = earlier.complete;
  input.earlier = true;
  earlier.source_id = input.file.source_id;
  input.file = std::move(earlier);
}

}  // namespace

std::vector<std::string> crops_of(const FacesFile& file) {
  std::vector<std::string> names;
  for (const auto& frame : file.frames)
    for (const auto& face : frame.faces)
      if (!face.crop.empty() && fs::path(face.crop).filename() == face.crop)
        names.push_back(face.crop);
  return names;
}

fs::path fallback_of(const ExtractOptions& options, const fs::path& input) {
  constexpr std::size_t kRoom = 20;  // for "-2.faces.json" and more digits
  const std::string name = shortened_name(tidy_path(input).filename().string(), kRoom);
  for (int attempt = 1;; ++attempt) {
    const std::string mark = attempt == 1 ? "" : "-" + std::to_string(attempt);
    fs::path file = options.output / (name + mark + ".faces.json");
    if (!fs::exists(file) || is_of(read_faces(file), input)) return file;
  }
}

ExtractInput plan_input(const ExtractOptions& options, const std::string& settings,
                        const fs::path& path) {
  check(fs::exists(path), ErrorCode::Input, path.string(), ": no such file or folder");
  check(tidy_path(path) != tidy_path(options.output), ErrorCode::Usage, path.string(),
        ": is both an input and the folder for the faces");
  ExtractInput input{.path = path};
  input.faces_path = options.faces_file.empty() ? faces_path(path) : options.faces_file;
  input.file = {.source = path.string(),
                .source_id = source_fingerprint(path),
                .settings = settings,
                .complete = false,
                .searched = false};
  std::vector<fs::path> places{input.faces_path};
  if (options.faces_file.empty()) places.push_back(fallback_of(options, path));
  for (const auto& file : places) {
    std::error_code error;
    if (!fs::exists(file, error)) continue;
    if (options.overwrite)
      input.to_remove = replaced_faces(input.path, file);
    else
      take_earlier(options, input, file);
    break;
  }
  return input;
}

}  // namespace cameo
