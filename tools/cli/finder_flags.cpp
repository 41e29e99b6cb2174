// SPDX-License-Identifier: MIT
#include "tools/cli/finder_flags.h"

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
  flags.add("--upsample", &detector.upsample, "Double frames so often: finds smaller faces")
      .range(0, 3);
  flags.add("--max-side", &detector.max_side, "Look at frames shrunk to this; 0 never shrinks")
      .range(0);
  flags.add("--min-size", &detector.min_size, "Leave out faces smaller than this, pixels").range(0);
  flags.add("--score", &detector.threshold, "Least score of a face; below 0 finds more")
      .range(-2, 5);
  flags.add("--max-faces", &options_.max_faces, "Of a frame, the largest ones; 0 for all")
      .range(0, 1000);
  flags.add("-f,--wanted", &filter.wanted, "Only this person: images or folders of them");
  flags.add("-n,--unwanted", &filter.unwanted, "Not this person: images or folders of them");
  flags.add("-l,--threshold", &filter.threshold, "How unlike the wanted person a face may be")
      .range(0, 2);
  flags.add("--faithful", &options_.reference,
            "Exchange colours, filter and round as the article's program did");
  flags.also([&filter] {
    for (const auto* references : {&filter.wanted, &filter.unwanted})
      for (const std::filesystem::path& reference : *references) require_there(reference);
  });
}

FindFaces FinderFlags::lazily(Log& log) {
  return [this, &log](const Frame& frame) {
    if (!finder_) {
      finder_.emplace(options_);
      for (const std::string& line : finder_->warnings()) log.warn(line);
    }
    return finder_->find(frame);
  };
}

}  // namespace cameo
