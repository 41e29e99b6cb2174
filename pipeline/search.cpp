// SPDX-License-Identifier: MIT
#include "pipeline/search.h"

#include <algorithm>
#include <omp.h>
#include <set>

#include "base/error.h"
#include "pipeline/clip_search.h"
#include "pipeline/face/image_faces.h"
#include "pipeline/track_search.h"

namespace cameo {
namespace {

constexpr std::size_t kFramesPerWorker = 4;  // of a batch: enough that workers seldom wait

/// A whole search.
class Search {
 public:
  Search(const SearchOptions& options, Finder& finder, FacesFile known, const SearchWatch& watch)
      : options_(options), finder_(finder), watch_(watch), file_(std::move(known)) {
    check(options.every_nth > 0 && options.detect_every >= 0, ErrorCode::Usage,
          "search: every n-th frame needs n of at least 1, got ", options.every_nth,
          "; detection in every n-th needs 0 or more, got ", options.detect_every);
  }

  FacesFile run() {
    const auto probe = open_source(options_.input);
    count_ = probe->count();
    const bool stopped =
        follows_faces(*probe, finder_) ? !search_video(probe->rate()) : !search_frames();
    const auto before = [](const auto& a, const auto& b) { return a.index < b.index; };
    std::sort(file_.frames.begin(), file_.frames.end(), before);
    std::sort(file_.unreadable.begin(), file_.unreadable.end(), before);
    file_.searched = !stopped;
    return std::move(file_);
  }

 private:
  bool wanted(std::int64_t index) const {
    return index % options_.every_nth == 0 && (!options_.choice || options_.choice(index));
  }
  std::set<std::int64_t> listed(bool failed_too) const {
    std::set<std::int64_t> indices;
    for (const auto& frame : file_.frames) indices.insert(frame.index);
    for (const auto& frame : file_.unreadable)
      if (failed_too) indices.insert(frame.index);
    return indices;
  }

  bool search_video(double rate);
  std::int64_t drop_unfinished(int step);
  bool search_frames();
  void take(FrameFaces found, cv::Size size, double pixel_aspect);
  void take(Unreadable failed);
  bool go_on(std::int64_t done) const { return !watch_.progress || watch_.progress(done, count_); }

  const SearchOptions& options_;
  Finder& finder_;
  const SearchWatch& watch_;
  FacesFile file_;
  std::int64_t count_ = 0;
};

/// Forgets the frames behind the last whole interval of a search that did not come to its end;
/// returns where to go on.
std::int64_t Search::drop_unfinished(int step) {
  const auto all = listed(true);
  if (file_.searched || all.empty()) return 0;
  const std::int64_t interval = static_cast<std::int64_t>(step) * options_.every_nth;
  const std::int64_t begin = (*all.rbegin() + options_.every_nth) / interval * interval;
  const auto behind = [begin](const auto& frame) { return frame.index >= begin; };
  std::erase_if(file_.frames, behind);
  std::erase_if(file_.unreadable, behind);
  return begin;
}

bool Search::search_video(double rate) {
  const int step =
      options_.detect_every > 0 ? options_.detect_every : detection_step(rate, options_.every_nth);
  const std::int64_t begin = drop_unfinished(step);
  const auto known = listed(true);
  const auto choice = [&](std::int64_t index) {
    return wanted(index) && (index == begin - options_.every_nth || !known.contains(index));
  };
  constexpr std::size_t kAhead = 16;
  const auto source = prefetch(open_source(options_.input, choice), kAhead);
  bool any = false;
  const bool whole = search_clip(
      *source, finder_, {.every_nth = options_.every_nth, .detect_every = step, .begin = begin},
      [&](SearchedFrame frame) {
        any = true;
        const std::int64_t done = frame.faces.index + 1;
        if (frame.error.empty())
          take(std::move(frame.faces), frame.size, frame.pixel_aspect);
        else
          take({.name = frame.faces.name, .why = frame.error, .index = frame.faces.index});
        return go_on(done);
      });
  if (!whole) return false;
  if (!any && file_.searched && !file_.tracks.empty()) return true;
  std::sort(file_.frames.begin(), file_.frames.end(),
            [](const FrameFaces& a, const FrameFaces& b) { return a.index < b.index; });
  // What is found out about tracks is not kept half done.
  FacesFile with_tracks = file_;
  const bool done = search_tracks(options_.input, options_.every_nth, finder_, with_tracks,
                                  [&] { return go_on(count_); });
  if (!done) return false;
  with_tracks.searched = true;
  file_ = std::move(with_tracks);
  if (options_.journal != nullptr) options_.journal->restart(file_);
  return true;
}

bool Search::search_frames() {
  const auto known = listed(false);
  const auto choice = [&](std::int64_t index) { return wanted(index) && !known.contains(index); };
  const std::size_t most = kFramesPerWorker * static_cast<std::size_t>(finder_.workers());
  const auto source = prefetch(open_source(options_.input, choice), most);
  for (bool more = true; more;) {
    std::vector<Frame> frames;
    while (frames.size() < most) {
      auto frame = source->next();
      if (!frame) break;
      frames.push_back(std::move(*frame));
    }
    more = !frames.empty();
    std::vector<FrameFaces> found(frames.size());
    const auto count = static_cast<std::int64_t>(frames.size());
#pragma omp parallel for schedule(dynamic, 1) num_threads(finder_.workers())
    for (std::int64_t i = 0; i < count; ++i) {
      Frame& frame = frames[static_cast<std::size_t>(i)];
      try {
        if (!frame.error.empty()) continue;
        FrameFaces& faces = found[static_cast<std::size_t>(i)];
        faces = finder_.find(frame, omp_get_thread_num());
        faces.file_id = file_id(frame);
      } catch (const std::exception& e) {
        frame.error = frame_error(frame, e);
      }
    }
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const Frame& frame = frames[i];
      if (frame.error.empty())
        take(std::move(found[i]), frame.pixels.size(), frame.pixel_aspect);
      else
        take({.name = frame.name, .why = frame.error, .index = frame.index});
      if (!go_on(frame.index + 1)) return false;
    }
  }
  return true;
}

void Search::take(FrameFaces found, cv::Size size, double pixel_aspect) {
  std::erase_if(file_.unreadable, [&](const Unreadable& f) { return f.index == found.index; });
  if (file_.width == 0) {
    file_.width = size.width;
    file_.height = size.height;
    file_.pixel_aspect = pixel_aspect;
    file_.searched = false;
    if (options_.journal != nullptr) options_.journal->append_head(file_);
  }
  if (options_.journal != nullptr) options_.journal->append(found);
  file_.frames.push_back(std::move(found));
}

void Search::take(Unreadable failed) {
  std::erase_if(file_.unreadable, [&](const Unreadable& f) { return f.index == failed.index; });
  if (options_.journal != nullptr) options_.journal->append(failed);
  file_.unreadable.push_back(std::move(failed));
}

}  // namespace

FinderOptions describing_if_possible(FinderOptions options) {
  options.describe = options.describe || locate_model(kDescriptorNet, options.models).has_value();
  return options;
}

bool follows_faces(const FrameSource& source, const Finder& finder) {
  return source.is_video() && !finder.options().reference;
}

FacesFile search(const SearchOptions& options, Finder& finder, FacesFile known,
                 const SearchWatch& watch) {
  return Search(options, finder, std::move(known), watch).run();
}

}  // namespace cameo
