// SPDX-License-Identifier: MIT
#include "pipeline/search.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "base/error.h"
#include "pipeline/clip_search.h"
#include "pipeline/face/image_faces.h"
#include "pipeline/track_search.h"

namespace cameo {
namespace {

constexpr std::size_t kFramesPerWorker = 3;  // under way: enough that workers seldom wait

/// A frame on its way through the stages.
struct Job {
  Frame frame;
  FrameFaces found;
};

/// Takes the tracks of link_tracks away from faces that nobody had kept out.
void unlink_tracks(FacesFile& file) {
  file.tracks.clear();
  for (FrameFaces& frame : file.frames)
    for (Face& face : frame.faces) face.track = -1;
}

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
  bool find_tracks();
  void tell(const std::vector<StageReport>& stages) const {
    if (watch_.stages) watch_.stages(stages);
  }
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
  const auto source = open_source(options_.input, choice);
  bool any = false;
  const SearchPass pass = search_clip(
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
  tell(pass.stages);
  if (!pass.whole) return false;
  if (!any && file_.searched && !file_.tracks.empty()) return true;
  std::sort(file_.frames.begin(), file_.frames.end(),
            [](const FrameFaces& a, const FrameFaces& b) { return a.index < b.index; });
  return find_tracks();
}

/// What is found out about tracks is not kept half done.
bool Search::find_tracks() {
  const auto untracked = [](const FrameFaces& frame) {
    return frame.rejected.empty() && std::all_of(frame.faces.begin(), frame.faces.end(),
                                                 [](const Face& face) { return face.track < 0; });
  };
  std::optional<FacesFile> before;  // a copy only if link_tracks cannot be undone
  if (!std::all_of(file_.frames.begin(), file_.frames.end(), untracked)) before = file_;
  const SearchPass pass = search_tracks(options_.input, options_.every_nth, finder_, file_,
                                        [&](std::int64_t done, std::int64_t count) {
                                          return !watch_.comparing || watch_.comparing(done, count);
                                        });
  tell(pass.stages);
  if (!pass.whole) {
    if (before)
      file_ = std::move(*before);
    else
      unlink_tracks(file_);
    return false;
  }
  file_.searched = true;
  if (options_.journal != nullptr) options_.journal->restart(file_);
  return true;
}

bool Search::search_frames() {
  const auto known = listed(false);
  const auto choice = [&](std::int64_t index) { return wanted(index) && !known.contains(index); };
  const auto source = open_source(options_.input, choice);
  StagedPipeline<Job> pipeline(kFramesPerWorker * static_cast<std::size_t>(finder_.workers()),
                               finder_.workers());
  pipeline.source("search read", [&]() -> std::unique_ptr<Job> {
    auto frame = source->next();
    return frame ? std::make_unique<Job>(Job{std::move(*frame), {}}) : nullptr;
  });
  pipeline.worker_stage("search detect", [this](Job& job, int worker) {
    if (!job.frame.error.empty()) return;
    try {
      job.found = finder_.find(job.frame, worker);
      job.found.file_id = file_id(job.frame);
    } catch (const std::exception& e) {
      job.frame.error = frame_error(job.frame, e);
    }
  });
  bool whole = true;
  pipeline.run("search list", [&](Job& job) {
    const Frame& frame = job.frame;
    if (frame.error.empty())
      take(std::move(job.found), frame.pixels.size(), frame.pixel_aspect);
    else
      take({.name = frame.name, .why = frame.error, .index = frame.index});
    whole = go_on(frame.index + 1);
    return whole;
  });
  tell(pipeline.reports());
  return whole;
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
