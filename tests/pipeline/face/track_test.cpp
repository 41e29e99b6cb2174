// SPDX-License-Identifier: MIT
#include "pipeline/face/track.h"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "pipeline/media/source.h"
#include "tests/pipeline/fakes.h"

using namespace cameo;
using test::drawn_face;

namespace {

/// 30 frames a second. One face goes to the right through all frames but `hidden`, a larger one
/// rests from frame 5 on.
FacesFile clip(int frames, const std::set<int>& hidden = {}, int cut = -1) {
  FacesFile file{.width = 640, .height = 360};
  for (int t = 0; t < frames; ++t) {
    FrameFaces frame{.name = frame_name(t), .index = t, .seconds = t / 30.0, .cut = t == cut};
    if (!hidden.contains(t))
      frame.faces.push_back(drawn_face({100 + 2 * static_cast<float>(t), 100}, 80));
    if (t >= 5) frame.faces.push_back(drawn_face({450, 200}, 120));
    file.frames.push_back(frame);
  }
  return file;
}

std::vector<std::int64_t> indices(const std::vector<Dropout>& all) {
  std::vector<std::int64_t> out;
  out.reserve(all.size());
  for (const auto& one : all) out.push_back(one.index);
  return out;
}

Descriptor at(float x) {
  Descriptor descriptor{};
  descriptor[0] = x;
  return descriptor;
}

std::vector<std::optional<Face>> filled(const FacesFile& file, const Gap& gap) {
  std::vector<std::optional<Face>> faces;
  for (std::size_t i = gap.from + 1; i < gap.to; ++i)
    faces.emplace_back(drawn_face({100 + 2 * static_cast<float>(file.frames[i].index), 100}, 80));
  return faces;
}

}  // namespace

TEST_CASE("faces of consecutive frames are one track, and the largest comes first in a frame") {
  FacesFile file = clip(10);
  link_tracks(file);
  REQUIRE(file.tracks.size() == 2);
  CHECK(file.tracks[0].first == 0);
  CHECK(file.tracks[0].last == 9);
  CHECK(file.tracks[0].frames == 10);
  CHECK(file.tracks[1].first == 5);
  CHECK(file.tracks[1].frames == 5);
  for (const auto& frame : file.frames) CHECK(frame.faces.back().track == 0);
  CHECK(file.frames[7].faces.front().track == 1);
  CHECK(dropouts(file).empty());
}

TEST_CASE(
    "a track ends at a cut and at a frame that is missing, and steps are not missing frames") {
  FacesFile cut = clip(10, {}, 7);
  link_tracks(cut);
  CHECK(cut.tracks.size() == 4);
  CHECK(likely_gaps(cut).empty());
  FacesFile missing = clip(10);
  missing.frames.erase(missing.frames.begin() + 3);
  link_tracks(missing);
  CHECK(missing.tracks.size() == 3);
  FacesFile third = clip(10);
  std::erase_if(third.frames, [](const FrameFaces& frame) { return frame.index % 3 != 0; });
  link_tracks(third, 3);
  CHECK(third.tracks.size() == 2);
}

TEST_CASE("a gap of up to a second is filled and its frames are no drop-outs any more") {
  FacesFile file = clip(60, {20, 21, 22});
  link_tracks(file);
  CHECK(file.tracks.size() == 3);
  CHECK(indices(dropouts(file)) == std::vector<std::int64_t>{20, 21, 22});
  const auto gaps = likely_gaps(file);
  REQUIRE(gaps.size() == 1);
  CHECK(gaps[0].from == 19);
  CHECK(gaps[0].to == 23);
  close_gap(file, gaps[0], filled(file, gaps[0]));
  renumber_tracks(file);
  REQUIRE(file.tracks.size() == 2);
  CHECK(file.tracks[0].frames == 60);
  CHECK(file.tracks[0].last == 59);
  CHECK(dropouts(file).empty());
  for (const auto& frame : file.frames)
    CHECK(std::count_if(frame.faces.begin(), frame.faces.end(),
                        [](const Face& face) { return face.track == 0; }) == 1);
}

TEST_CASE("a gap of more than a second stays, but its frames are told") {
  std::set<int> hidden;
  for (int t = 20; t < 55; ++t) hidden.insert(t);
  FacesFile file = clip(90, hidden);
  link_tracks(file);
  CHECK(likely_gaps(file).empty());
  CHECK(dropouts(file).size() == 35);
  CHECK(dropout_rate(file).value() == 35.0 / 90);
  // Of people that nobody wants no drop-out is told.
  for (Track& track : file.tracks) track.kept = false;
  CHECK(dropouts(file).empty());
}

TEST_CASE("gaps in a row are closed from the last into one track") {
  FacesFile file = clip(60, {20, 30, 40});
  link_tracks(file);
  const auto gaps = likely_gaps(file);
  REQUIRE(gaps.size() == 3);
  for (auto gap = gaps.rbegin(); gap != gaps.rend(); ++gap)
    close_gap(file, *gap, filled(file, *gap));
  renumber_tracks(file);
  CHECK(file.tracks.size() == 2);
  CHECK(file.tracks[0].frames == 60);
}

TEST_CASE("the best faces of a track are spread over it, each the sharpest of its part") {
  FacesFile file = clip(40);
  for (auto& frame : file.frames)
    for (Face& face : frame.faces) face.sharpness = frame.index % 10 == 7 ? 500 : 20;
  link_tracks(file);
  const auto best = best_showings(file, 4);
  REQUIRE(best.size() == 8);
  for (std::size_t i = 0; i < 4; ++i) CHECK(best[i].frame == 10 * i + 7);
}

TEST_CASE("one decision a track: outliers are outvoted, the middle is borderline") {
  const References references{.wanted = {at(0)}, .unwanted = {}};
  const FilterOptions options{.wanted = {"w"}, .threshold = 0.5};
  Track track;
  decide(track, std::vector{at(0.1F), at(0.2F), at(0.9F), at(0.1F), at(0.2F)}, references, options);
  CHECK(track.kept);
  CHECK(track.wanted == Wanted::Yes);
  CHECK(track.distance.value() == doctest::Approx(0.2));
  decide(track, std::vector{at(0.1F), at(0.9F), at(0.9F)}, references, options);
  CHECK(!track.kept);
  CHECK(track.wanted == Wanted::Borderline);
  decide(track, std::vector{at(0.8F), at(0.9F)}, references, options);
  CHECK(track.wanted == Wanted::No);
  decide(track, std::vector{at(0.49F)}, references, options);
  CHECK(track.kept);
  CHECK(track.wanted == Wanted::Borderline);
}

TEST_CASE("the margin asks how much nearer the wanted person is than the unwanted one") {
  const References references{.wanted = {at(0)}, .unwanted = {at(1)}};
  FilterOptions options{.wanted = {"w"}, .unwanted = {"u"}, .threshold = 0.6};
  Track track;
  decide(track, std::vector{at(0.4F)}, references, options);
  CHECK(track.kept);  // 0.4 against 0.6
  options.margin = 0.3;
  decide(track, std::vector{at(0.4F)}, references, options);
  CHECK(!track.kept);
  decide(track, std::vector{at(0.3F)}, references, options);
  CHECK(track.kept);
}

TEST_CASE("faces go by their tracks to the kept and the rejected ones, and back") {
  FacesFile file = clip(10);
  link_tracks(file);
  file.tracks[1].kept = false;
  file.tracks[1].distance = 0.8;
  sort_by_tracks(file);
  CHECK(file.frames[7].faces.size() == 1);
  REQUIRE(file.frames[7].rejected.size() == 1);
  CHECK(file.frames[7].rejected[0].distance == 0.8);
  CHECK(file.frames[7].rejected[0].landmarks.size() == kIbug68);
  file.tracks[1].kept = true;
  sort_by_tracks(file, 1);
  CHECK(file.frames[7].rejected.empty());
  REQUIRE(file.frames[7].faces.size() == 1);
  CHECK(file.frames[7].faces[0].track == 1);
}

TEST_CASE("a face that is one too many for its frame was found, so it is no drop-out") {
  FacesFile file = clip(10);
  link_tracks(file);
  sort_by_tracks(file, 1);
  CHECK(file.frames[7].left_out == std::vector<int>{0});
  CHECK(file.frames[3].left_out.empty());
  CHECK(dropouts(file).empty());
  file.frames[7].left_out.clear();
  CHECK(indices(dropouts(file)) == std::vector<std::int64_t>{7});
}

TEST_CASE("a track whose ends are not among the frames has no drop-outs to tell") {
  FacesFile file = clip(10);
  link_tracks(file);
  file.frames.pop_back();
  CHECK(dropouts(file).empty());
}
