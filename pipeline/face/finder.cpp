// SPDX-License-Identifier: MIT
#include "pipeline/face/finder.h"

#include <algorithm>
#include <future>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/stopwatch.h"
#include "pipeline/face/square_frame.h"

namespace cameo {

Finder::Finder(const FinderOptions& options, int workers) : options_(options) {
  check(workers > 0, "finder: needs at least one worker, got ", workers);
  check(options.max_faces >= 0, ErrorCode::Usage,
        "finder: most faces of a frame must not be negative, "
        "got ",
        options.max_faces);
  // Side by side, since a detector's filters take as long to unpack as the landmarks' trees to
  // read.
  auto landmarks = std::async(std::launch::async, landmarks_ibug68, options.models);
  DetectorOptions first = options.detector;
  first.swap_channels = options.reference;
  const DetectorOptions again{
      .name = first.name, .upsample = 1, .max_side = 0, .swap_channels = true};
  for (int i = 0; i < workers; ++i) {
    Worker& own = workers_.emplace_back();
    own.detector = make_detector(first, options.models);
    if (options.filter.any() && options.reference) own.again = make_detector(again, options.models);
  }
  landmarks_ = landmarks.get();
  if (!options.filter.any()) return;
  // A reference is one image that matters: it is looked at twice as closely.
  DetectorOptions closely = options.detector;
  closely.upsample = std::max(1, closely.upsample);
  closely.min_size = 0;
  const auto detector = make_detector(closely, options.models);
  auto read =
      read_references(options.filter, {*detector, *landmarks_, describer_of(workers_.front())});
  references_ = std::move(read.references);
  warnings_ = std::move(read.warnings);
}

Describer& Finder::describer_of(Worker& own) const {
  if (!own.describer) own.describer.emplace(options_.models);
  return *own.describer;
}

std::vector<Face> Finder::detect(const cv::Mat& picture, int worker) {
  Worker& own = worker_at(worker);
  std::vector<Detection> detections;
  {
    const Stopwatch watch(own.seconds.detect);
    detections = own.detector->find(picture);
  }
  std::vector<Face> faces;
  faces.reserve(detections.size());
  for (const auto& detection : detections)
    faces.push_back({.box = detection.box,
                     .score = detection.score,
                     .landmarks = predict(picture, detection.box, worker)});
  return faces;
}

Landmarks Finder::predict(const cv::Mat& picture, const cv::Rect& box, int worker) {
  const Stopwatch watch(worker_at(worker).seconds.landmarks);
  return landmarks_->predict(picture, box);
}

Descriptor Finder::describe(const cv::Mat& picture, const Landmarks& landmarks, int worker) {
  Worker& own = worker_at(worker);
  const Stopwatch watch(own.seconds.filter);
  return describer_of(own).describe(picture, landmarks);
}

Verdict Finder::verdict_on(const cv::Mat& picture, const Face& face, int worker) {
  Worker& own = worker_at(worker);
  cv::Mat image = picture;
  Landmarks landmarks = face.landmarks;
  if (own.again != nullptr) {
    const cv::Mat inside = picture(face.box);
    const auto found = own.again->find(inside);
    if (found.empty()) return {false, kNoFaceDistance};
    cv::cvtColor(inside, image, cv::COLOR_BGR2RGB);
    landmarks = landmarks_->predict(image, found.front().box);
  }
  return judge(describe(image, landmarks, worker), references_, options_.filter.threshold,
               options_.filter.margin);
}

FrameFaces Finder::find(const Frame& frame, int worker) {
  FrameFaces out{.name = frame.name, .index = frame.index, .seconds = frame.seconds};
  const SquareFrame square = square_frame(frame);
  const auto most = static_cast<std::size_t>(options_.max_faces);
  for (Face& face : detect(square.pixels, worker)) {
    if (most > 0 && out.faces.size() == most) break;
    Verdict verdict{.keep = true};
    if (options_.filter.any()) {
      verdict = verdict_on(square.pixels, face, worker);
      face.distance = verdict.distance;
    }
    face = face_in_frame(std::move(face), square, frame.pixels.size());
    (verdict.keep ? out.faces : out.rejected).push_back(std::move(face));
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
