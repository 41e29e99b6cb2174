// SPDX-License-Identifier: MIT
#include "pipeline/find.h"

#include <algorithm>

#include "kernels/check.h"
#include "pipeline/stopwatch.h"

namespace cameo {

Finder::Finder(const FinderOptions& options, int workers)
    : options_(options), landmarker_(options.models) {
  check(workers > 0, "finder: needs at least one worker, got ", workers);
  check(options.max_faces >= 0, Fault::Usage,
        "finder: most faces of a frame must not be negative, "
        "got ",
        options.max_faces);
  for (int i = 0; i < workers; ++i) {
    workers_.push_back({.detector = Detector(options.detector, options.models)});
    if (options.filter.any()) workers_.back().describer.emplace_back(options.models);
  }
  if (!options.filter.any()) return;
  // A reference is one picture that matters: it is looked at twice as closely.
  DetectorOptions closely = options.detector;
  closely.upsample = std::max(1, closely.upsample);
  closely.min_size = 0;
  Detector detector(closely, options.models);
  auto read =
      read_references(options.filter, {detector, landmarker_, workers_.front().describer.front()});
  references_ = std::move(read.references);
  warnings_ = std::move(read.warnings);
}

FrameFaces Finder::find(const Frame& frame, int worker) {
  Worker& own = workers_.at(static_cast<std::size_t>(worker));
  FrameFaces out{.name = frame.name, .index = frame.index, .seconds = frame.seconds};
  std::vector<Detection> detections;
  {
    const Stopwatch watch(own.seconds.detect);
    detections = own.detector.find(frame.pixels);
  }
  const auto most = static_cast<std::size_t>(options_.max_faces);
  for (const auto& detection : detections) {
    if (most > 0 && out.faces.size() == most) break;
    Face face{.box = detection.box, .score = detection.score};
    {
      const Stopwatch watch(own.seconds.landmarks);
      face.landmarks = landmarker_.find(frame.pixels, face.box);
    }
    if (!own.describer.empty()) {
      const Stopwatch watch(own.seconds.filter);
      const auto descriptor = own.describer.front().describe(frame.pixels, face.landmarks);
      const Verdict verdict = judge(descriptor, references_, options_.filter.threshold);
      face.distance = verdict.distance;
      if (!verdict.keep) {
        out.rejected.push_back(verdict.distance);
        continue;
      }
    }
    out.faces.push_back(std::move(face));
  }
  return out;
}

FindSeconds Finder::seconds() const {
  FindSeconds sum;
  for (const auto& worker : workers_) {
    sum.detect += worker.seconds.detect;
    sum.landmarks += worker.seconds.landmarks;
    sum.filter += worker.seconds.filter;
  }
  return sum;
}

}  // namespace cameo
