// SPDX-License-Identifier: MIT
#include "tools/cli/finder_flags.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "tools/cli/machine.h"

namespace cameo {

void FinderFlags::add_to(Flags& flags) {
  options_.models = {models_folder()};
  DetectorOptions& detector = options_.detector;
  FilterOptions& filter = options_.filter;
  std::vector<std::string> names;
  std::string summaries;
  for (const DetectorKind& kind : detectors()) {
    names.emplace_back(kind.name);
    summaries += (names.size() > 1 ? "; " : ": ") + names.back() + " " + std::string(kind.summary);
  }
  flags.add("-D,--detector", &detector.name, "Face detector" + summaries).words(names);
  flags
      .add("--upsample", &detector.upsample,
           "Times to double the frame before detection: finds smaller faces")
      .range(0, 3);
  flags
      .add("--max-side", &detector.max_side,
           "Longest side, in pixels, at which frames are searched; 0 for full size")
      .range(0);
  flags.add("--min-size", &detector.min_size, "Smallest face to keep, pixels").range(0);
  flags.add("--score", &detector.threshold, "Detection score threshold; below 0 finds more")
      .range(-2, 5);
  flags
      .add("--max-faces", &options_.max_faces,
           "Maximum number of faces a frame, largest first; 0 for all")
      .range(0, 1000);
  flags.add("-f,--wanted", &filter.wanted,
            "Reference images, or folders of them, of the person to keep");
  flags.add("-n,--unwanted", &filter.unwanted,
            "Reference images, or folders of them, of people to leave out");
  flags
      .add("-l,--threshold", &filter.threshold,
           "Largest mean distance to the wanted person's references")
      .range(0, 2);
  flags
      .add("--margin", &filter.margin,
           "How much nearer, in mean distance, to the wanted than to the unwanted references")
      .range(0, 2);
  flags
      .add("--reference", &options_.reference,
           "Reproduce faceswap of February 2018: channel order, filter and rounding")
      .old_name("faithful");
  flags.also([&filter] {
    for (const auto* references : {&filter.wanted, &filter.unwanted})
      for (const std::filesystem::path& reference : *references) require_there(reference);
  });
}

std::function<FrameFaces(const Frame&)> FinderFlags::in_frames(Log& log) const {
  return [this, &log](const Frame& frame) {
    Finder finder(options_);
    for (const std::string& line : finder.warnings()) log.warn(line);
    return finder.find(frame);
  };
}

SearchFaces FinderFlags::lazily(Log& log) const {
  return [this, &log](const SearchOptions& options, FacesFile known, const SearchWatch& watch) {
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    Finder finder(describing_if_possible(options_), static_cast<int>(cores));
    for (const std::string& line : finder.warnings()) log.warn(line);
    return search(options, finder, std::move(known), watch);
  };
}

}  // namespace cameo
