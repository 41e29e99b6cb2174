// SPDX-License-Identifier: MIT
#include "pipeline/face/people.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/error.h"
#include "pipeline/face/identity.h"
#include "pipeline/face/track.h"

namespace cameo {
namespace {

/// Average-linkage clustering of points by their distances, up to `threshold`: a cluster number
/// for each. A chain of nearest neighbours finds the merges in any order: O(n^2).
class Clusters {
 public:
  explicit Clusters(std::span<const Descriptor> points)
      : count_(points.size()), distances_(count_ * count_), sizes_(count_, 1), parents_(count_) {
    std::iota(parents_.begin(), parents_.end(), std::size_t{0});
    for (std::size_t i = 0; i < count_; ++i)
      for (std::size_t j = 0; j < count_; ++j) at(i, j) = distance(points[i], points[j]);
  }

  std::vector<std::size_t> up_to(double threshold) {
    std::vector<std::size_t> chain;
    for (std::size_t next = 0; next < count_;) {
      if (chain.empty()) {
        if (sizes_[next] > 0 && !settled_.contains(next)) chain.push_back(next);
        if (chain.empty()) ++next;
        continue;
      }
      const std::size_t end = chain.back();
      const std::size_t nearest = nearest_to(end, chain.size() > 1 ? chain[chain.size() - 2] : end);
      // Average linkage never brings the rest nearer than its nearest: what is too far stays so.
      if (nearest == end || at(end, nearest) > threshold) {
        settled_.insert(end);
        chain.pop_back();
      } else if (chain.size() > 1 && nearest == chain[chain.size() - 2]) {
        chain.resize(chain.size() - 2);
        merge(std::min(end, nearest), std::max(end, nearest));
      } else {
        chain.push_back(nearest);
      }
    }
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < count_; ++i) numbers.push_back(root(i));
    return numbers;
  }

 private:
  double& at(std::size_t i, std::size_t j) { return distances_[i * count_ + j]; }
  std::size_t root(std::size_t i) const {
    while (parents_[i] != i) i = parents_[i];
    return i;
  }

  /// Of equally near ones `preferred`, else the first.
  std::size_t nearest_to(std::size_t i, std::size_t preferred) {
    std::size_t nearest = preferred;
    for (std::size_t j = 0; j < count_; ++j) {
      if (j == i || sizes_[j] == 0) continue;
      if (nearest == i || at(i, j) < at(i, nearest)) nearest = j;
    }
    return nearest;
  }

  void merge(std::size_t i, std::size_t j) {
    const double a = sizes_[i];
    const double b = sizes_[j];
    for (std::size_t k = 0; k < count_; ++k)
      at(i, k) = at(k, i) = (a * at(i, k) + b * at(j, k)) / (a + b);
    sizes_[i] += sizes_[j];
    sizes_[j] = 0;
    parents_[j] = i;
    settled_.clear();
  }

  std::size_t count_;
  std::vector<double> distances_;
  std::vector<int> sizes_;
  std::vector<std::size_t> parents_;
  std::set<std::size_t> settled_;  // with no neighbour near enough
};

/// Whether the choice names the face's track or its person.
bool chosen(const FaceChoice& choice, const std::map<int, int>& people, int track) {
  const auto person = people.find(track);
  return choice.tracks.contains(track) ||
         (person != people.end() && choice.people.contains(person->second));
}

void check_there(const FaceChoice& choice, const std::map<int, int>& people,
                 const std::vector<FrameFaces>& frames) {
  for (const int track : choice.tracks)
    check(people.contains(track), ErrorCode::Usage, "faces: there is no track ", track,
          "; there are ", people.size(), ", from 0");
  for (const int person : choice.people)
    check(std::any_of(people.begin(), people.end(),
                      [person](const auto& track) { return track.second == person; }),
          ErrorCode::Usage, "faces: there is no person ", person,
          "; `cameo faces cluster` numbers people");
  const std::int64_t last = frames.empty() ? -1 : frames.back().index;
  for (const FrameRange& range : choice.frames)
    check(range.first <= last, ErrorCode::Usage, "faces: there is no frame ", range.first,
          "; the last one is ", last);
}

template <class Predicate>
std::int64_t reject(FacesFile& file, const Predicate& unwanted, bool pruned) {
  std::int64_t changed = 0;
  for (FrameFaces& frame : file.frames) {
    const auto first =
        std::stable_partition(frame.faces.begin(), frame.faces.end(),
                              [&](const Face& face) { return !unwanted(frame, face); });
    for (auto face = first; face != frame.faces.end(); ++face) {
      if (pruned) face->pruned = face->track;
      face->track = -1;
      frame.rejected.push_back(std::move(*face));
      ++changed;
    }
    frame.faces.erase(first, frame.faces.end());
  }
  return changed;
}

/// Brings faces back that reject() marked as pruned.
template <class Predicate>
std::int64_t restore(FacesFile& file, const Predicate& wanted) {
  std::int64_t changed = 0;
  for (FrameFaces& frame : file.frames) {
    const auto first = std::stable_partition(
        frame.rejected.begin(), frame.rejected.end(),
        [&](const Face& face) { return !face.pruned || !wanted(frame, *face.pruned); });
    for (auto face = first; face != frame.rejected.end(); ++face) {
      face->track = *face->pruned;
      face->pruned.reset();
      frame.faces.push_back(std::move(*face));
      ++changed;
    }
    frame.rejected.erase(first, frame.rejected.end());
  }
  sort_by_tracks(file);
  return changed;
}

}  // namespace

int cluster_people(FacesFile& file, double threshold) {
  std::vector<Track*> tracks;
  std::vector<Descriptor> descriptors;
  for (Track& track : file.tracks) {
    track.person = -1;
    if (!track.descriptor) continue;
    tracks.push_back(&track);
    descriptors.push_back(*track.descriptor);
  }
  check(!tracks.empty(), ErrorCode::Input, "faces: none of ", file.tracks.size(),
        " tracks is described; extract the video again with the model that tells people apart "
        "(weights/fetch.sh)");
  const auto clusters = Clusters(descriptors).up_to(threshold);
  std::map<std::size_t, std::int64_t> frames;
  for (std::size_t i = 0; i < tracks.size(); ++i) frames[clusters[i]] += tracks[i]->frames;
  std::vector<std::pair<std::int64_t, std::size_t>> order;
  order.reserve(frames.size());
  for (const auto& [cluster, count] : frames) order.emplace_back(-count, cluster);
  std::sort(order.begin(), order.end());
  std::map<std::size_t, int> number;
  for (const auto& [count, cluster] : order)
    number.emplace(cluster, static_cast<int>(number.size()));
  for (std::size_t i = 0; i < tracks.size(); ++i) tracks[i]->person = number.at(clusters[i]);
  return static_cast<int>(order.size());
}

std::int64_t prune_faces(FacesFile& file, const FaceChoice& choice, bool keep) {
  const bool anybody = choice.tracks.empty() && choice.people.empty();
  check(!anybody || !choice.frames.empty(), ErrorCode::Usage,
        "faces: no track, person or frame is named");
  std::map<int, int> people;
  for (const Track& track : file.tracks) people[track.id] = track.person;
  check_there(choice, people, file.frames);
  if (!choice.frames.empty()) {
    const auto meant = [&](const FrameFaces& frame, int track) {
      return in_ranges(choice.frames, frame.index) && (anybody || chosen(choice, people, track));
    };
    if (keep) return restore(file, meant);
    return reject(
        file, [&](const FrameFaces& frame, const Face& face) { return meant(frame, face.track); },
        true);
  }
  std::int64_t changed = 0;
  for (Track& track : file.tracks) {
    if (!chosen(choice, people, track.id)) continue;
    changed += track.kept == keep ? 0 : track.frames;
    track.kept = keep;
    track.wanted = keep ? Wanted::Yes : Wanted::No;
  }
  sort_by_tracks(file);
  return changed;
}

std::vector<PrunedFrames> pruned_frames(const FacesFile& file) {
  std::vector<PrunedFrames> all;
  std::map<int, std::size_t> open;  // by track, what the frame before belongs to
  for (const FrameFaces& frame : file.frames) {
    std::map<int, std::size_t> here;
    for (const Face& face : frame.rejected) {
      if (!face.pruned || here.contains(*face.pruned)) continue;
      const auto at = open.find(*face.pruned);
      const std::size_t i = at == open.end() ? all.size() : at->second;
      if (at == open.end()) all.push_back({{frame.index, frame.index}, *face.pruned});
      all[i].frames.last = frame.index;
      here.emplace(*face.pruned, i);
    }
    open = std::move(here);
  }
  return all;
}

FacesFile only_kept_crops(FacesFile file, const std::filesystem::path& folder) {
  reject(
      file,
      [&](const FrameFaces&, const Face& face) {
        return !face.crop.empty() && !std::filesystem::exists(folder / face.crop);
      },
      false);
  return file;
}

}  // namespace cameo
