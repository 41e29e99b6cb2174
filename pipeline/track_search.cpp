// SPDX-License-Identifier: MIT
#include "pipeline/track_search.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "base/error.h"
#include "pipeline/face/follow.h"
#include "pipeline/face/square_frame.h"
#include "pipeline/face/track.h"

namespace cameo {
namespace {

constexpr std::size_t kShowings = 8;       // faces of a track that the filter judges it by
constexpr std::size_t kFewShowings = 3;    // without a filter: embedding is slow
constexpr double kSamePerson = 0.6;        // greatest distance between the ends of a gap
constexpr double kLeastCorrelation = 0.4;  // of a face predicted in a gap to one of its ends
constexpr double kCovered = 0.2;           // below this correlation something else is in its place
constexpr std::size_t kFramesPerWorker = 2;  // of a batch

/// A gap and what its frames show.
struct Filling {
  Gap gap;
  std::vector<std::optional<Face>> predicted;  // of each frame between, in frame pixels
  std::vector<cv::Mat> patches;                // of those, and before and behind them the ends'
};

/// What is to be looked at in a frame.
struct Work {
  std::vector<std::pair<Showing, Descriptor*>> describe;
  std::vector<Filling*> fill;
};

class TrackSearch {
 public:
  TrackSearch(const std::filesystem::path& input, std::int64_t step, Finder& finder,
              FacesFile& file)
      : input_(input), finder_(finder), file_(file) {
    link_tracks(file, step);
    for (const Gap& gap : likely_gaps(file, step)) {
      Filling filling{.gap = gap};
      filling.predicted.resize(gap.to - gap.from - 1);
      filling.patches.resize(gap.to - gap.from + 1);
      fillings_.push_back(std::move(filling));
    }
    for (Filling& filling : fillings_)
      for (std::size_t i = filling.gap.from; i <= filling.gap.to; ++i)
        work_[i].fill.push_back(&filling);
    if (!finder.describes()) return;
    const auto showings =
        best_showings(file, finder.options().filter.any() ? kShowings : kFewShowings);
    descriptors_.reserve(showings.size());
    for (const Showing& showing : showings) {
      descriptors_.emplace_back(showing.track, Descriptor{});
      work_[showing.frame].describe.emplace_back(showing, &descriptors_.back().second);
    }
  }

  SearchPass look(const std::function<bool(std::int64_t done, std::int64_t count)>& go_on);
  void conclude();

 private:
  struct Job {
    Frame frame;
    std::size_t at = 0;  // of FacesFile::frames
  };
  void look_at(const Job& job, int worker);
  void fill(Filling& filling, const Job& job, const SquareFrame& square, int worker);
  std::vector<std::optional<Face>> faces_between(const Filling& filling) const;
  std::map<int, std::vector<Descriptor>> by_track() const;

  const std::filesystem::path& input_;
  Finder& finder_;
  FacesFile& file_;
  std::vector<Filling> fillings_;
  std::vector<std::pair<int, Descriptor>> descriptors_;  // with their tracks
  std::map<std::size_t, Work> work_;                     // by frame
};

SearchPass TrackSearch::look(
    const std::function<bool(std::int64_t done, std::int64_t count)>& go_on) {
  SearchPass pass{.whole = true};
  if (work_.empty()) return pass;
  std::map<std::int64_t, std::size_t> wanted;
  for (const auto& [at, work] : work_) wanted[file_.frames[at].index] = at;
  const auto source =
      open_source(input_, [&](std::int64_t index) { return wanted.contains(index); });
  StagedPipeline<Job> pipeline(kFramesPerWorker * static_cast<std::size_t>(finder_.workers()),
                               finder_.workers());
  pipeline.source("tracks read", [&, ended = false]() mutable -> std::unique_ptr<Job> {
    auto frame = ended ? std::nullopt : source->next();
    if (!frame) return nullptr;
    const std::size_t at = wanted.at(frame->index);
    // Behind the last frame of them all, decoding the rest would tell nothing.
    ended = at == work_.rbegin()->first;
    return std::make_unique<Job>(Job{std::move(*frame), at});
  });
  pipeline.worker_stage("tracks compare",
                        [this](const Job& job, int worker) { look_at(job, worker); });
  const auto count = static_cast<std::int64_t>(work_.size());
  pipeline.run("tracks count", [&, done = std::int64_t{0}](const Job&) mutable {
    pass.whole = go_on(++done, count);
    return pass.whole;
  });
  pass.stages = pipeline.reports();
  return pass;
}

void TrackSearch::look_at(const Job& job, int worker) {
  if (!job.frame.error.empty()) return;
  const SquareFrame square = square_frame(job.frame);
  Work& work = work_.at(job.at);
  for (auto& [showing, descriptor] : work.describe) {
    const Face face = face_in_square(file_.frames[job.at].faces[showing.face], square);
    *descriptor = finder_.describe(square.pixels, face.landmarks, worker);
  }
  for (Filling* filling : work.fill) fill(*filling, job, square, worker);
}

void TrackSearch::fill(Filling& filling, const Job& job, const SquareFrame& square, int worker) {
  const Gap& gap = filling.gap;
  const auto end_of = [&](std::size_t at, int track) {
    const auto& faces = file_.frames[at].faces;
    const auto face = std::find_if(faces.begin(), faces.end(),
                                   [&](const Face& one) { return one.track == track; });
    check(face != faces.end(), "gap: no face of track ", track, " in frame ", at);
    return face_in_square(*face, square);
  };
  cv::Mat& patch = filling.patches[job.at - gap.from];
  if (job.at == gap.from || job.at == gap.to) {
    const Face end = end_of(job.at, job.at == gap.from ? gap.before : gap.after);
    patch = face_patch(square.pixels, end.landmarks);
    return;
  }
  const double share =
      static_cast<double>(job.at - gap.from) / static_cast<double>(gap.to - gap.from);
  const Face expected =
      face_between(end_of(gap.from, gap.before), end_of(gap.to, gap.after), share);
  const auto found = face_near(square.pixels, expected, {}, finder_, worker);
  patch = face_patch(square.pixels, (found ? *found : expected).landmarks);
  if (!found) return;
  filling.predicted[job.at - gap.from - 1] = face_in_frame(*found, square, job.frame.pixels.size());
}

/// The faces of the frames of a gap: predicted where they look like an end, else on the line; none
/// where what is there does not look like the face at all, for it is covered.
std::vector<std::optional<Face>> TrackSearch::faces_between(const Filling& filling) const {
  const Gap& gap = filling.gap;
  const auto of = [&](std::size_t at, int track) -> const Face& {
    const auto& faces = file_.frames[at].faces;
    return *std::find_if(faces.begin(), faces.end(),
                         [&](const Face& face) { return face.track == track; });
  };
  const auto like = [&](std::size_t i, double least) {
    const auto to = [&](const cv::Mat& end) {
      return !end.empty() && patch_correlation(filling.patches[i], end) >= least;
    };
    return to(filling.patches.front()) || to(filling.patches.back());
  };
  std::vector<std::optional<Face>> faces;
  for (std::size_t i = 1; i <= filling.predicted.size(); ++i) {
    const auto& predicted = filling.predicted[i - 1];
    const bool seen = !filling.patches[i].empty();  // else the frame cannot be read
    if (predicted && seen && like(i, kLeastCorrelation)) {
      faces.emplace_back(*predicted);
      continue;
    }
    if (!seen || !like(i, kCovered)) {
      faces.emplace_back();
      continue;
    }
    const double share = static_cast<double>(i) / static_cast<double>(gap.to - gap.from);
    Face face = face_between(of(gap.from, gap.before), of(gap.to, gap.after), share);
    face.box &= cv::Rect(0, 0, file_.width, file_.height);
    faces.emplace_back(std::move(face));
  }
  return faces;
}

std::map<int, std::vector<Descriptor>> TrackSearch::by_track() const {
  std::map<int, std::vector<Descriptor>> all;
  for (const auto& [track, descriptor] : descriptors_)
    if (descriptor != Descriptor{}) all[track].push_back(descriptor);
  return all;
}

void TrackSearch::conclude() {
  auto described = by_track();
  // From the last: a track takes in the one behind it, which has taken in its own.
  for (auto filling = fillings_.rbegin(); filling != fillings_.rend(); ++filling) {
    auto& before = described[filling->gap.before];
    auto& after = described[filling->gap.after];
    const auto least = [&] {
      double distance_of_nearest = kSamePerson;
      for (const Descriptor& a : before)
        for (const Descriptor& b : after)
          distance_of_nearest = std::min(distance_of_nearest, distance(a, b));
      return distance_of_nearest;
    };
    if (!before.empty() && !after.empty() && least() >= kSamePerson) continue;
    close_gap(file_, filling->gap, faces_between(*filling));
    before.insert(before.end(), after.begin(), after.end());
    after.clear();
  }
  for (Track& track : file_.tracks) {
    auto& faces = described[track.id];
    decide(track, faces, finder_.references(), finder_.options().filter);
  }
  renumber_tracks(file_);
  sort_by_tracks(file_, static_cast<std::size_t>(finder_.options().max_faces));
}

}  // namespace

SearchPass search_tracks(const std::filesystem::path& input, std::int64_t step, Finder& finder,
                         FacesFile& file,
                         const std::function<bool(std::int64_t done, std::int64_t count)>& go_on) {
  TrackSearch search(input, step, finder, file);
  SearchPass pass = search.look(go_on);
  if (pass.whole) search.conclude();
  return pass;
}

}  // namespace cameo
