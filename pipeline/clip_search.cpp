// SPDX-License-Identifier: MIT
#include "pipeline/clip_search.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/face/follow.h"
#include "pipeline/face/square_frame.h"

namespace cameo {
namespace {

constexpr int kThumb = 32;
constexpr double kDetectionsPerSecond = 4;
constexpr std::size_t kIntervalsPerWorker = 3;    // under way: enough that workers seldom wait
constexpr std::size_t kMostBytes = 512UL << 20U;  // of frames that are held at once

/// A frame that is held until its interval is done.
struct Held {
  Frame frame;  // its pixels are released when the square ones are there
  SquareFrame square;
  cv::Size size;
  cv::Mat thumb;
  bool starts = false;  // a run of frames that faces can be followed through
  bool cut = false;
  bool sudden = false;  // a cut if faces are on both sides
};

/// Frames behind a key frame up to the next one, or a key frame alone that begins a shot.
struct Interval {
  std::vector<Held> frames;  // the last is the key frame
  std::vector<Faces> faces;  // of each
  cv::Mat before;            // pixels of the key frame before; empty: the first frame begins
  Faces faces_before;
};

class ClipSearch {
 public:
  ClipSearch(FrameSource& source, Finder& finder, const ClipSearchOptions& options,
             const std::function<bool(SearchedFrame)>& done)
      : source_(source), finder_(finder), options_(options), done_(done) {
    check(options.every_nth > 0 && options.detect_every > 0, "clip search: every ",
          options.every_nth, ". frame, detection in every ", options.detect_every, ".");
  }

  SearchPass run() {
    StagedPipeline<Interval> pipeline(in_flight(), finder_.workers());
    pipeline.source("search read", [this] { return read(); });
    pipeline.worker_stage("search detect",
                          [this](Interval& interval, int worker) { detect(interval, worker); });
    pipeline.ordered("search join", [this](Interval& interval) { join(interval); });
    pipeline.worker_stage("search follow",
                          [this](Interval& interval, int worker) { follow(interval, worker); });
    SearchPass pass{.whole = true};
    pipeline.run("search list", [&](Interval& interval) {
      pass.whole = hand_on(interval);
      return pass.whole;
    });
    pass.stages = pipeline.reports();
    return pass;
  }

 private:
  bool is_key(const Held& held) const {
    return held.starts || held.frame.index / options_.every_nth % options_.detect_every == 0;
  }

  std::size_t in_flight() const;
  std::unique_ptr<Interval> read();
  std::optional<Held> next();
  Held held_of(Frame frame);
  void detect(Interval& interval, int worker);
  void join(Interval& interval);
  void follow(Interval& interval, int worker);
  bool hand_on(Interval& interval);

  FrameSource& source_;
  Finder& finder_;
  const ClipSearchOptions& options_;
  const std::function<bool(SearchedFrame)>& done_;

  std::optional<Held> ahead_;  // of the frames that are in intervals
  bool begun_ = false;
  cv::Mat last_thumb_;
  std::int64_t last_index_ = -1;
  double last_difference_ = std::numeric_limits<double>::infinity();  // of the two before

  cv::Mat key_;  // of the interval that was joined last
  Faces key_faces_;

  bool faces_handed_on_ = false;  // whether the last frame that was handed on had any
};

std::size_t ClipSearch::in_flight() const {
  const std::size_t most = kIntervalsPerWorker * static_cast<std::size_t>(finder_.workers());
  const auto frames = static_cast<std::size_t>(options_.detect_every);
  return frames_in_memory(source_.video(), 3 * frames, kMostBytes, 1, most);
}

/// A frame is a key frame, too, if it is the last one of its shot.
std::unique_ptr<Interval> ClipSearch::read() {
  if (!begun_) ahead_ = next();
  begun_ = true;
  auto interval = std::make_unique<Interval>();
  while (ahead_) {
    interval->frames.push_back(std::move(*ahead_));
    ahead_ = next();
    if (!ahead_ || ahead_->starts || is_key(interval->frames.back())) break;
  }
  if (interval->frames.empty()) return nullptr;
  interval->faces.resize(interval->frames.size());
  return interval;
}

/// The next frame from options.begin on.
std::optional<Held> ClipSearch::next() {
  while (auto frame = source_.next()) {
    Held held = held_of(std::move(*frame));
    if (held.frame.index >= options_.begin) return held;
  }
  return std::nullopt;
}

Held ClipSearch::held_of(Frame frame) {
  Held held;
  if (frame.error.empty()) {
    try {
      held.square = square_frame(frame);
      held.thumb = thumb_of(held.square.pixels);
    } catch (const std::exception& e) {
      frame.error = frame_error(frame, e);
    }
  }
  held.size = frame.pixels.size();
  frame.pixels.release();
  const bool follows = last_index_ >= 0 && frame.index == last_index_ + options_.every_nth &&
                       !last_thumb_.empty() && !held.thumb.empty();
  held.cut = follows && is_cut(last_thumb_, held.thumb);
  held.sudden = follows && is_sudden(last_thumb_, held.thumb, last_difference_);
  held.starts = !follows || held.cut || held.sudden;
  last_difference_ = held.starts ? std::numeric_limits<double>::infinity()
                                 : difference_of(last_thumb_, held.thumb);
  last_thumb_ = held.thumb;
  last_index_ = frame.index;
  held.frame = std::move(frame);
  return held;
}

/// Detection in the key frame; trouble becomes the frame's error.
void ClipSearch::detect(Interval& interval, int worker) {
  Held& key = interval.frames.back();
  if (!key.frame.error.empty()) return;
  try {
    interval.faces.back() = detect_sharp(key.square.pixels, finder_, worker);
  } catch (const std::exception& e) {
    key.frame.error = frame_error(key.frame, e);
  }
}

/// An interval begins with the key frame that the one before ended with.
void ClipSearch::join(Interval& interval) {
  if (!interval.frames.front().starts) {
    interval.before = key_;
    interval.faces_before = std::move(key_faces_);
  }
  key_ = interval.frames.back().square.pixels;
  key_faces_ = interval.faces.back();
}

void ClipSearch::follow(Interval& interval, int worker) {
  if (interval.before.empty() || interval.frames.size() < 2) return;
  std::vector<cv::Mat> pictures{interval.before};
  for (const Held& held : interval.frames) pictures.push_back(held.square.pixels);
  interval.faces.insert(interval.faces.begin(), std::move(interval.faces_before));
  search_interval(pictures, interval.faces, finder_, worker);
  interval.faces.erase(interval.faces.begin());
}

bool ClipSearch::hand_on(Interval& interval) {
  for (std::size_t i = 0; i < interval.frames.size(); ++i) {
    const Held& held = interval.frames[i];
    const bool faces = !interval.faces[i].empty();
    const bool cut = held.cut || (held.sudden && faces && faces_handed_on_);
    faces_handed_on_ = faces;
    SearchedFrame out{.faces = {.name = held.frame.name,
                                .index = held.frame.index,
                                .seconds = held.frame.seconds,
                                .cut = cut},
                      .size = held.size,
                      .pixel_aspect = held.frame.pixel_aspect,
                      .error = held.frame.error};
    for (Face& face : interval.faces[i])
      out.faces.faces.push_back(face_in_frame(std::move(face), held.square, held.size));
    if (!done_(std::move(out))) return false;
  }
  return true;
}

}  // namespace

int detection_step(double rate, int every_nth) {
  if (rate <= 0) return 1;
  return std::max(1, cvRound(rate / kDetectionsPerSecond / every_nth));
}

cv::Mat thumb_of(const cv::Mat& picture) {
  cv::Mat thumb;
  cv::resize(picture, thumb, {kThumb, kThumb}, 0, 0, cv::INTER_AREA);
  cv::cvtColor(thumb, thumb, cv::COLOR_BGR2GRAY);
  return thumb;
}

double difference_of(const cv::Mat& thumb, const cv::Mat& next) {
  cv::Mat difference;
  cv::absdiff(thumb, next, difference);
  return cv::mean(difference)[0];
}

// Motion moves edges, a cut changes most of the picture; equal brightness must not hide it, nor a
// flash of light be taken for one more often than needed.
bool is_cut(const cv::Mat& thumb, const cv::Mat& next) {
  constexpr double kMostDifference = 22;
  constexpr double kLeastCorrelation = 0.6;
  return difference_of(thumb, next) > kMostDifference &&
         patch_correlation(thumb, next) < kLeastCorrelation;
}

// Two heads that are framed alike, in front of the same wall, differ by some 16 levels and
// correlate with 0.76: less than some motion does, which is not as sudden.
bool is_sudden(const cv::Mat& thumb, const cv::Mat& next, double before) {
  constexpr double kLeastDifference = 13;
  constexpr double kMostCorrelation = 0.85;
  constexpr double kTimes = 8;  // the difference before
  const double difference = difference_of(thumb, next);
  return difference > std::max(kLeastDifference, kTimes * before) &&
         patch_correlation(thumb, next) < kMostCorrelation;
}

SearchPass search_clip(FrameSource& source, Finder& finder, const ClipSearchOptions& options,
                       const std::function<bool(SearchedFrame)>& done) {
  return ClipSearch(source, finder, options, done).run();
}

}  // namespace cameo
