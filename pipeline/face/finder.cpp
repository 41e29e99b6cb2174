// SPDX-License-Identifier: MIT
#include "pipeline/face/finder.h"

#include <algorithm>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/stopwatch.h"
#include "pipeline/media/pixel_depth.h"

namespace cameo {

Finder::Finder(const FinderOptions& options, int workers)
    : options_(options), landmarks_(landmarks_ibug68(options.models)) {
  check(workers > 0, "finder: needs at least one worker, got ", workers);
  check(options.max_faces >= 0, ErrorCode::Usage,
        "finder: most faces of a frame must not be negative, "
        "got ",
        options.max_faces);
  DetectorOptions first = options.detector;
  first.swap_channels = options.reference;
  const DetectorOptions again{
      .name = first.name, .upsample = 1, .max_side = 0, .swap_channels = true};
  for (int i = 0; i < workers; ++i) {
    Worker& own = workers_.emplace_back();
    own.detector = make_detector(first, options.models);
    if (!options.filter.any()) continue;
    own.describer.emplace(options.models);
    if (options.reference) own.again = make_detector(again, options.models);
  }
  if (!options.filter.any()) return;
  // A reference is one image that matters: it is looked at twice as closely.
  DetectorOptions closely = options.detector;
  closely.upsample = std::max(1, closely.upsample);
  closely.min_size = 0;
  const auto detector = make_detector(closely, options.models);
  auto read =
      read_references(options.filter, {*detector, *landmarks_, *workers_.front().describer});
  references_ = std::move(read.references);
  warnings_ = std::move(read.warnings);
}

Verdict Finder::verdict_on(const cv::Mat& frame, const Face& face, Worker& own) const {
  cv::Mat image = frame;
  Landmarks landmarks = face.landmarks;
  if (own.again != nullptr) {
    const cv::Mat inside = frame(face.box);
    const auto found = own.again->find(inside);
    if (found.empty()) return {false, kNoFaceDistance};
    cv::cvtColor(inside, image, cv::COLOR_BGR2RGB);
    landmarks = landmarks_->predict(image, found.front().box);
  }
  const auto descriptor = own.describer->describe(image, landmarks);
  return judge(descriptor, references_, options_.filter.threshold);
}

FrameFaces Finder::find(const Frame& frame, int worker) {
  Worker& own = workers_.at(static_cast<std::size_t>(worker));
  FrameFaces out{.name = frame.name, .index = frame.index, .seconds = frame.seconds};
  const cv::Mat pixels = to_8_bit(frame.pixels);
  std::vector<Detection> detections;
  {
    const Stopwatch watch(own.seconds.detect);
    detections = own.detector->find(pixels);
  }
  const auto most = static_cast<std::size_t>(options_.max_faces);
  for (const auto& detection : detections) {
    if (most > 0 && out.faces.size() == most) break;
    Face face{.box = detection.box, .score = detection.score};
    {
      const Stopwatch watch(own.seconds.landmarks);
      face.landmarks = landmarks_->predict(pixels, face.box);
    }
    if (own.describer) {
      const Stopwatch watch(own.seconds.filter);
      const Verdict verdict = verdict_on(pixels, face, own);
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
