// SPDX-License-Identifier: MIT
#include "pipeline/face/track.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "pipeline/face/follow.h"

namespace cameo {
namespace {

/// How much further an end may lie from the other, in sizes of the face: at once, and each second.
constexpr double kReach = 0.5;
constexpr double kReachPerSecond = 0.75;
constexpr double kMostGrowth = 1.5;

double rank_of(const Face& face) {
  return face.box.area();
}

void sort_faces(std::vector<Face>& faces) {
  std::stable_sort(faces.begin(), faces.end(), [](const Face& a, const Face& b) {
    return std::tuple(-rank_of(a), a.box.x, a.box.y) < std::tuple(-rank_of(b), b.box.x, b.box.y);
  });
}

cv::Point2d middle_of(const cv::Rect& box) {
  return {box.x + box.width / 2.0, box.y + box.height / 2.0};
}

const Face* face_of(const FrameFaces& frame, int track) {
  for (const auto* faces : {&frame.faces, &frame.rejected})
    for (const Face& face : *faces)
      if (face.track == track) return &face;
  return nullptr;
}

/// Whether the track's face is known in the frame, be it one too many to keep.
bool shows(const FrameFaces& frame, int track) {
  return face_of(frame, track) != nullptr ||
         std::find(frame.left_out.begin(), frame.left_out.end(), track) != frame.left_out.end();
}

/// Position of each frame in FacesFile::frames by its index in the input.
std::map<std::int64_t, std::size_t> positions(const FacesFile& file) {
  std::map<std::int64_t, std::size_t> at;
  for (std::size_t i = 0; i < file.frames.size(); ++i) at[file.frames[i].index] = i;
  return at;
}

/// Number of the shot of each frame; frames that are not `step` apart do not share one.
std::vector<int> shots_of(const FacesFile& file, std::int64_t step) {
  std::vector<int> shots;
  int shot = 0;
  for (std::size_t i = 0; i < file.frames.size(); ++i) {
    const bool joined =
        i > 0 && !file.frames[i].cut && file.frames[i].index - file.frames[i - 1].index == step;
    shot += joined ? 0 : 1;
    shots.push_back(shot);
  }
  return shots;
}

/// A gap with the distance of its ends in sizes of the face.
struct Candidate {
  double distance;
  Gap gap;
};

/// tracks: by their first frame.
std::vector<Candidate> candidates(const FacesFile& file, std::span<const Track> tracks,
                                  std::int64_t step, double longest) {
  const auto at = positions(file);
  const auto shots = shots_of(file, step);
  std::vector<Candidate> found;
  for (const Track& a : tracks) {
    const std::size_t from = at.at(a.last);
    const auto later =
        std::upper_bound(tracks.begin(), tracks.end(), a.last,
                         [](std::int64_t last, const Track& track) { return last < track.first; });
    for (auto b = later; b != tracks.end(); ++b) {
      const std::size_t to = at.at(b->first);
      const double seconds = file.frames[to].seconds - file.frames[from].seconds;
      if (seconds > longest || shots[from] != shots[to]) break;
      const Face* end = face_of(file.frames[from], a.id);
      const Face* begin = face_of(file.frames[to], b->id);
      if (end == nullptr || begin == nullptr) continue;
      const double size = std::sqrt(std::max(end->box.area(), begin->box.area()));
      const double growth =
          std::sqrt(static_cast<double>(end->box.area()) / std::max(1, begin->box.area()));
      const double distance = cv::norm(middle_of(end->box) - middle_of(begin->box)) / size;
      const double reach = kReach + kReachPerSecond * std::min(seconds, kLongestGap);
      if (distance < reach && growth < kMostGrowth && growth > 1 / kMostGrowth)
        found.push_back({distance, {a.id, b->id, from, to}});
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
    return std::tuple(a.gap.to - a.gap.from, a.distance) <
           std::tuple(b.gap.to - b.gap.from, b.distance);
  });
  return found;
}

std::vector<Gap> gaps_within(const FacesFile& file, std::span<const Track> tracks,
                             std::int64_t step, double longest) {
  std::vector<Gap> gaps;
  std::map<int, bool> has_after;
  std::map<int, bool> has_before;
  for (const Candidate& candidate : candidates(file, tracks, step, longest)) {
    const Gap& gap = candidate.gap;
    if (has_after[gap.before] || has_before[gap.after]) continue;
    has_after[gap.before] = has_before[gap.after] = true;
    gaps.push_back(gap);
  }
  std::sort(gaps.begin(), gaps.end(), [](const Gap& a, const Gap& b) {
    return std::pair(a.from, a.before) < std::pair(b.from, b.before);
  });
  return gaps;
}

/// How frontal a face is, 0 .. 1: the nose's tip lies in the middle of the jaw's ends.
double frontal(const Landmarks& landmarks) {
  if (landmarks.size() != kIbug68) return 1;
  constexpr std::size_t kNoseTip = 30;
  constexpr std::size_t kJawEnd = 16;
  const double left = cv::norm(landmarks[kNoseTip] - landmarks[0]);
  const double right = cv::norm(landmarks[kNoseTip] - landmarks[kJawEnd]);
  return left + right > 0 ? 2 * std::min(left, right) / (left + right) : 0;
}

double showing(const Face& face) {
  const double sure = face.found == Found::Interpolated ? 0.01 : 1;
  return sure * frontal(face.landmarks) * std::sqrt(1 + face.sharpness);
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Descriptor mean_of(std::span<const Descriptor> all) {
  Descriptor mean{};
  for (std::size_t i = 0; i < mean.size(); ++i) {
    double sum = 0;
    for (const Descriptor& one : all) sum += static_cast<double>(one.at(i));
    // Fewer digits than a float has: faces files are text.
    constexpr double kSteps = 1e5;
    mean.at(i) =
        static_cast<float>(std::round(sum / static_cast<double>(all.size()) * kSteps) / kSteps);
  }
  return mean;
}

}  // namespace

void link_tracks(FacesFile& file, std::int64_t step) {
  file.tracks.clear();
  const auto shots = shots_of(file, step);
  for (std::size_t i = 0; i < file.frames.size(); ++i) {
    FrameFaces& frame = file.frames[i];
    for (Face& face : frame.rejected)
      if (!face.landmarks.empty()) frame.faces.push_back(std::move(face));
    frame.rejected.clear();
    sort_faces(frame.faces);
    for (Face& face : frame.faces) face.track = -1;
    if (i > 0 && shots[i] == shots[i - 1]) {
      const auto& before = file.frames[i - 1].faces;
      for (const auto& [a, b] : same_faces(before, frame.faces, 1))
        frame.faces[b].track = before[a].track;
    }
    for (Face& face : frame.faces) {
      if (face.track < 0) {
        face.track = static_cast<int>(file.tracks.size());
        file.tracks.push_back({.id = face.track, .first = frame.index});
      }
      Track& track = file.tracks[static_cast<std::size_t>(face.track)];
      track.last = frame.index;
      ++track.frames;
    }
  }
}

std::vector<Gap> likely_gaps(const FacesFile& file, std::int64_t step) {
  return gaps_within(file, file.tracks, step, kLongestGap);
}

void close_gap(FacesFile& file, const Gap& gap, std::span<const std::optional<Face>> filled) {
  check(gap.to > gap.from && filled.size() == gap.to - gap.from - 1, "gap: ", filled.size(),
        " faces between frames ", gap.from, " and ", gap.to);
  const auto track_at = [&](int id) {
    return std::find_if(file.tracks.begin(), file.tracks.end(),
                        [id](const Track& track) { return track.id == id; });
  };
  const auto before = track_at(gap.before);
  const auto after = track_at(gap.after);
  check(before != file.tracks.end() && after != file.tracks.end(), "gap: no tracks ", gap.before,
        " and ", gap.after);
  for (std::size_t i = gap.from + 1; i < gap.to; ++i) {
    if (!filled[i - gap.from - 1]) continue;
    Face face = *filled[i - gap.from - 1];
    face.track = gap.before;
    file.frames[i].faces.push_back(std::move(face));
    sort_faces(file.frames[i].faces);
  }
  for (std::size_t i = gap.to; i < file.frames.size() && file.frames[i].index <= after->last; ++i)
    for (auto* faces : {&file.frames[i].faces, &file.frames[i].rejected})
      for (Face& face : *faces)
        if (face.track == gap.after) face.track = gap.before;
  before->last = after->last;
  before->frames +=
      after->frames + std::count_if(filled.begin(), filled.end(),
                                    [](const auto& face) { return face.has_value(); });
  file.tracks.erase(after);
}

void renumber_tracks(FacesFile& file) {
  std::map<int, int> number;
  for (Track& track : file.tracks) {
    const int next = static_cast<int>(number.size());
    number[track.id] = next;
    track.id = next;
  }
  for (FrameFaces& frame : file.frames)
    for (auto* faces : {&frame.faces, &frame.rejected})
      for (Face& face : *faces)
        if (face.track >= 0) face.track = number.at(face.track);
}

std::vector<Showing> best_showings(const FacesFile& file, std::size_t most) {
  std::map<int, std::vector<Showing>> of_track;
  for (std::size_t i = 0; i < file.frames.size(); ++i)
    for (std::size_t k = 0; k < file.frames[i].faces.size(); ++k) {
      const int track = file.frames[i].faces[k].track;
      if (track >= 0) of_track[track].push_back({track, i, k});
    }
  std::vector<Showing> best;
  for (const auto& [track, all] : of_track) {
    const std::size_t shares = std::min(most, all.size());
    for (std::size_t s = 0; s < shares; ++s) {
      const auto from = all.begin() + static_cast<std::ptrdiff_t>(s * all.size() / shares);
      const auto to = all.begin() + static_cast<std::ptrdiff_t>((s + 1) * all.size() / shares);
      best.push_back(*std::max_element(from, to, [&](const Showing& a, const Showing& b) {
        return showing(file.frames[a.frame].faces[a.face]) <
               showing(file.frames[b.frame].faces[b.face]);
      }));
    }
  }
  return best;
}

void decide(Track& track, std::span<const Descriptor> faces, const References& references,
            const FilterOptions& options) {
  constexpr double kLeastSlack = 0.03;  // of a distance that another picture would not change
  constexpr double kSureVote = 0.8;
  if (!faces.empty()) track.descriptor = mean_of(faces);
  track.wanted = Wanted::Yes;
  track.kept = true;
  if (faces.empty() || (references.wanted.empty() && references.unwanted.empty())) return;
  std::vector<double> distances;
  std::vector<double> slacks;
  std::size_t votes = 0;
  for (const Descriptor& face : faces) {
    const Verdict verdict = judge(face, references, options.threshold, options.margin);
    votes += verdict.keep ? 1 : 0;
    distances.push_back(verdict.distance);
    slacks.push_back(verdict.slack);
  }
  const double share = static_cast<double>(votes) / static_cast<double>(faces.size());
  track.distance = median(distances);
  track.kept = share > 0.5;
  const bool sure = std::max(share, 1 - share) >= kSureVote && median(slacks) >= kLeastSlack;
  track.wanted = !sure ? Wanted::Borderline : track.kept ? Wanted::Yes : Wanted::No;
}

void sort_by_tracks(FacesFile& file, std::size_t most) {
  std::map<int, const Track*> tracks;
  for (const Track& track : file.tracks) tracks[track.id] = &track;
  for (FrameFaces& frame : file.frames) {
    std::vector<Face> all = std::move(frame.faces);
    std::vector<Face> rejected = std::move(frame.rejected);
    frame.faces.clear();
    frame.rejected.clear();
    const auto place = [&](Face& face, std::vector<Face>& otherwise) {
      const auto at = tracks.find(face.track);
      if (at == tracks.end()) return otherwise.push_back(std::move(face));
      face.distance = at->second->distance;
      (at->second->kept ? frame.faces : frame.rejected).push_back(std::move(face));
    };
    for (Face& face : all) place(face, frame.faces);
    for (Face& face : rejected) place(face, frame.rejected);
    sort_faces(frame.faces);
    sort_faces(frame.rejected);
    if (most == 0 || frame.faces.size() <= most) continue;
    for (std::size_t i = most; i < frame.faces.size(); ++i)
      if (frame.faces[i].track >= 0) frame.left_out.push_back(frame.faces[i].track);
    frame.faces.resize(most);
  }
}

std::vector<Dropout> dropouts(const FacesFile& file) {
  std::map<std::int64_t, Dropout> missing;
  const auto add = [&](std::size_t from, std::size_t to, int track, int other) {
    for (std::size_t i = from; i < to; ++i) {
      const FrameFaces& frame = file.frames[i];
      if (!shows(frame, track) && !shows(frame, other))
        missing.try_emplace(frame.index, Dropout{frame.name, frame.index, track});
    }
  };
  std::vector<Track> kept;
  const auto at = positions(file);
  // Frames whose faces a conversion cannot use are not among them.
  for (const Track& track : file.tracks)
    if (track.kept && at.contains(track.first) && at.contains(track.last)) kept.push_back(track);
  for (const Track& track : kept) add(at.at(track.first), at.at(track.last), track.id, -1);
  std::int64_t step = file.frames.size() > 1 ? file.frames[1].index - file.frames[0].index : 1;
  for (std::size_t i = 1; i < file.frames.size(); ++i)
    step = std::min(step, file.frames[i].index - file.frames[i - 1].index);
  for (const Gap& gap : gaps_within(file, kept, step, kLongestAbsence))
    add(gap.from + 1, gap.to, gap.before, gap.after);
  std::vector<Dropout> all;
  all.reserve(missing.size());
  for (auto& [index, dropout] : missing) all.push_back(std::move(dropout));
  return all;
}

std::optional<double> dropout_rate(const FacesFile& file) {
  if (file.tracks.empty()) return std::nullopt;
  const auto missing = dropouts(file);
  std::set<std::int64_t> there;
  for (const Dropout& dropout : missing) there.insert(dropout.index);
  for (const FrameFaces& frame : file.frames)
    if (!frame.faces.empty()) there.insert(frame.index);
  if (there.empty()) return 0;
  return static_cast<double>(missing.size()) / static_cast<double>(there.size());
}

}  // namespace cameo
