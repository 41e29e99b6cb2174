// SPDX-License-Identifier: MIT
#include "pipeline/face/image_faces.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/fingerprint.h"
#include "pipeline/media/image.h"

namespace cameo {
namespace fs = std::filesystem;
namespace {

std::map<std::string, std::int64_t> indices_of(const fs::path& input) {
  std::map<std::string, std::int64_t> indices;
  std::int64_t next = 0;
  for (const fs::path& image : images_of(input)) indices[utf8_name(image)] = next++;
  return indices;
}

}  // namespace

std::string file_id(const Frame& frame) {
  if (frame.file.empty()) return {};
  try {
    return source_fingerprint(frame.file);
  } catch (const Error&) {
    return {};
  }
}

ImageFaces match_images(FacesFile file, const fs::path& input) {
  const std::vector<FrameFaces> frames = std::exchange(file.frames, {});
  const auto has_id = [](const FrameFaces& frame) { return !frame.file_id.empty(); };
  std::map<std::string, std::string> ids;
  if (std::any_of(frames.begin(), frames.end(), has_id)) ids = image_fingerprints(input);
  const bool same = file.source_id.empty() || is_source(file.source_id, input);
  const auto indices = indices_of(input);
  ImageFaces out;
  std::set<std::string> told;
  for (const FrameFaces& frame : frames) {
    const auto at = indices.find(frame.name);
    if (at == indices.end()) {
      out.gone.push_back(frame);
      continue;
    }
    told.insert(frame.name);
    const auto id = ids.find(frame.name);
    const bool as_it_was = has_id(frame) ? id != ids.end() && id->second == frame.file_id : same;
    auto& list = as_it_was ? file.frames : out.changed;
    list.push_back(frame);
    list.back().index = at->second;
  }
  for (const Unreadable& frame : file.unreadable)
    if (indices.contains(frame.name)) told.insert(frame.name);
  out.added = indices.size() - told.size();
  std::sort(file.frames.begin(), file.frames.end(),
            [](const auto& a, const auto& b) { return a.index < b.index; });
  if (!same || !out.changed.empty() || !out.gone.empty() || out.added > 0) {
    file.complete = false;
    file.unreadable.clear();
  }
  out.known = std::move(file);
  return out;
}

}  // namespace cameo
