// SPDX-License-Identifier: MIT
#include "pipeline/clip_search.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <omp.h>
#include <utility>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/face/follow.h"
#include "pipeline/face/square_frame.h"

namespace cameo {
namespace {

constexpr int kThumb = 32;
constexpr double kDetectionsPerSecond = 4;
constexpr std::size_t kIntervalsPerWorker = 4;    // of a batch: enough that workers seldom wait
constexpr std::size_t kMostBytes = 512UL << 20U;  // of frames that are held at once

/// A frame that is held until its interval is done.
struct Held {
  Frame frame;  // its pixels are released when the square ones are there
  SquareFrame square;
  cv::Size size;
  cv::Mat thumb;
  bool starts = false;  // a run of frames that faces can be followed through
  bool cut = false;
  bool detected = false;
};

class ClipSearch {
 public:
  ClipSearch(FrameSource& source, Finder& finder, const ClipSearchOptions& options,
             const std::function<bool(SearchedFrame)>& done)
      : source_(source), finder_(finder), options_(options), done_(done) {
    check(options.every_nth > 0 && options.detect_every > 0, "clip search: every ",
          options.every_nth, ". frame, detection in every ", options.detect_every, ".");
  }

  bool run() {
    while (fill()) {
      mark_and_detect();
      follow();
      if (!hand_on()) return false;
    }
    return true;
  }

 private:
  bool on_grid(const Held& held) const {
    return held.frame.index / options_.every_nth % options_.detect_every == 0;
  }
  bool good(const Held& held) const { return held.frame.error.empty(); }

  bool full() const {
    if (held_.size() < 2 || !on_grid(held_.back())) return false;
    const auto step = static_cast<std::size_t>(options_.detect_every);
    const std::size_t bytes = held_.back().square.pixels.total() * 3;
    const std::size_t most = bytes == 0 ? step : std::max(kMostBytes / bytes, step + 1);
    return held_.size() >
           std::min(step * kIntervalsPerWorker * static_cast<std::size_t>(finder_.workers()),
                    most - 1);
  }

  bool fill();
  void take(Frame frame);
  void mark_and_detect();
  void detect(std::size_t at, int worker);
  void follow();
  bool hand_on();

  FrameSource& source_;
  Finder& finder_;
  const ClipSearchOptions& options_;
  const std::function<bool(SearchedFrame)>& done_;
  std::vector<Held> held_;
  std::vector<Faces> faces_;  // of each
  cv::Mat last_thumb_;
  std::int64_t last_index_ = -1;
  bool ended_ = false;
};

/// Reads on to the end of an interval; false when no frame is left.
bool ClipSearch::fill() {
  while (!ended_ && !full()) {
    auto frame = source_.next();
    ended_ = !frame;
    if (frame) take(std::move(*frame));
  }
  return !held_.empty();
}

void ClipSearch::take(Frame frame) {
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
  held.starts = !follows || held.cut;
  last_thumb_ = held.thumb;
  last_index_ = frame.index;
  if (frame.index < options_.begin) return;
  held.frame = std::move(frame);
  held_.push_back(std::move(held));
  faces_.emplace_back();
}

/// The last frame held is a key frame of the grid, or the last of all.
void ClipSearch::mark_and_detect() {
  std::vector<std::size_t> keys;
  for (std::size_t i = 0; i < held_.size(); ++i) {
    const bool ends = i + 1 == held_.size() || held_[i + 1].starts;
    const bool key = held_[i].starts || ends || on_grid(held_[i]) || i == 0;
    if (key && good(held_[i]) && !held_[i].detected) keys.push_back(i);
  }
  const auto count = static_cast<std::int64_t>(keys.size());
#pragma omp parallel for schedule(dynamic, 1) num_threads(finder_.workers())
  for (std::int64_t i = 0; i < count; ++i)
    detect(keys[static_cast<std::size_t>(i)], omp_get_thread_num());
}

// Runs in a thread of its own: nothing may be thrown, so trouble becomes the frame's error.
void ClipSearch::detect(std::size_t at, int worker) {
  Held& held = held_[at];
  held.detected = true;
  try {
    faces_[at] = detect_sharp(held.square.pixels, finder_, worker);
  } catch (const std::exception& e) {
    held.frame.error = frame_error(held.frame, e);
  }
}

void ClipSearch::follow() {
  std::vector<std::pair<std::size_t, std::size_t>> intervals;  // first and last frame
  std::size_t first = 0;
  for (std::size_t i = 1; i < held_.size(); ++i) {
    if (held_[i].starts || !held_[i].detected) {
      if (held_[i].starts) first = i;
      continue;
    }
    if (i - first > 1) intervals.emplace_back(first, i);
    first = i;
  }
  std::vector<cv::Mat> pictures;
  for (const Held& held : held_) pictures.push_back(held.square.pixels);
  std::exception_ptr thrown;
  const auto count = static_cast<std::int64_t>(intervals.size());
#pragma omp parallel for schedule(dynamic, 1) num_threads(finder_.workers())
  for (std::int64_t i = 0; i < count; ++i) {
    const auto [from, to] = intervals[static_cast<std::size_t>(i)];
    try {
      search_interval(std::span(pictures).subspan(from, to - from + 1),
                      std::span(faces_).subspan(from, to - from + 1), finder_,
                      omp_get_thread_num());
    } catch (...) {
#pragma omp critical
      thrown = std::current_exception();
    }
  }
  if (thrown) std::rethrow_exception(thrown);
}

/// All frames but the last, with which the next interval begins.
bool ClipSearch::hand_on() {
  const std::size_t count = ended_ ? held_.size() : held_.size() - 1;
  for (std::size_t i = 0; i < count; ++i) {
    const Held& held = held_[i];
    SearchedFrame out{.faces = {.name = held.frame.name,
                                .index = held.frame.index,
                                .seconds = held.frame.seconds,
                                .cut = held.cut},
                      .size = held.size,
                      .pixel_aspect = held.frame.pixel_aspect,
                      .error = held.frame.error};
    for (Face& face : faces_[i])
      out.faces.faces.push_back(face_in_frame(std::move(face), held.square, held.size));
    if (!done_(std::move(out))) return false;
  }
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(count));
  faces_.erase(faces_.begin(), faces_.begin() + static_cast<std::ptrdiff_t>(count));
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

// Motion moves edges, a cut changes most of the picture; equal brightness must not hide it, nor a
// flash of light be taken for one more often than needed.
bool is_cut(const cv::Mat& thumb, const cv::Mat& next) {
  constexpr double kMostDifference = 22;
  constexpr double kLeastLikeness = 0.6;
  cv::Mat difference;
  cv::absdiff(thumb, next, difference);
  return cv::mean(difference)[0] > kMostDifference && likeness(thumb, next) < kLeastLikeness;
}

bool search_clip(FrameSource& source, Finder& finder, const ClipSearchOptions& options,
                 const std::function<bool(SearchedFrame)>& done) {
  return ClipSearch(source, finder, options, done).run();
}

}  // namespace cameo
