// SPDX-License-Identifier: MIT
#include "pipeline/face/people.h"

#include <random>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/face/track.h"
#include "tests/pipeline/fakes.h"
#include "tests/support/scratch.h"

using namespace cameo;
using test::contains;
using test::message_of;
using test::Scratch;

namespace {

/// A track in each frame; those of odd number show another person, who is in more frames.
FacesFile two_people(int tracks) {
  std::mt19937 random(7);
  std::normal_distribution<float> noise(0, 0.02F);
  FacesFile file;
  for (int id = 0; id < tracks; ++id) {
    Descriptor descriptor{};
    for (float& value : descriptor) value = noise(random);
    descriptor[0] += id % 2 == 1 ? 1.0F : 0.0F;
    file.tracks.push_back({.id = id,
                           .first = id,
                           .last = id,
                           .frames = id % 2 == 1 ? 5 : 1,
                           .descriptor = descriptor});
    FrameFaces frame{.index = id};
    frame.faces.push_back(test::drawn_face({100, 100}, 80));
    frame.faces[0].track = id;
    file.frames.push_back(frame);
  }
  return file;
}

}  // namespace

TEST_CASE("tracks of one person get one number, the person in most frames 0") {
  FacesFile file = two_people(9);
  CHECK(cluster_people(file, 0.6) == 2);
  for (const Track& track : file.tracks) CHECK(track.person == (track.id % 2 == 1 ? 0 : 1));
  CHECK(cluster_people(file, 1.5) == 1);
  CHECK(cluster_people(file, 0.01) == 9);
  file.tracks[2].descriptor.reset();
  CHECK(cluster_people(file, 0.6) == 2);
  CHECK(file.tracks[2].person == -1);
}

TEST_CASE("average linkage goes by the mean distance, so that a row of faces is no chain") {
  FacesFile file;
  for (int id = 0; id < 4; ++id) {
    Descriptor descriptor{};
    descriptor[0] = 0.4F * static_cast<float>(id);
    file.tracks.push_back({.id = id, .frames = 4 - id, .descriptor = descriptor});
  }
  // 0 and 1, 2 and 3 join at 0.4, both pairs at the mean of 0.8, 1.2, 0.4 and 0.8, which is 0.8.
  CHECK(cluster_people(file, 0.79) == 2);
  CHECK(file.tracks[1].person == file.tracks[0].person);
  CHECK(file.tracks[2].person == file.tracks[3].person);
  CHECK(cluster_people(file, 0.81) == 1);
}

TEST_CASE("a file without descriptors cannot be clustered, and says what to do") {
  FacesFile file{.tracks = {{.id = 0}}};
  CHECK(contains(message_of([&] { cluster_people(file); }), "none of 1 tracks is described"));
}

TEST_CASE("tracks, people and frames are pruned, and tracks come back") {
  FacesFile file = two_people(6);
  cluster_people(file, 0.6);
  CHECK(prune_faces(file, {.tracks = {2}}) == 1);
  CHECK(file.frames[2].faces.empty());
  CHECK(file.frames[2].rejected.at(0).track == 2);
  CHECK(!file.tracks[2].kept);
  CHECK(prune_faces(file, {.people = {0}}) == 15);
  CHECK(file.frames[1].faces.empty());
  CHECK(prune_faces(file, {.tracks = {2}}, true) == 1);
  CHECK(file.frames[2].faces.size() == 1);
  CHECK(file.tracks[2].wanted == Wanted::Yes);
  CHECK(prune_faces(file, {.frames = {{0, 1}}}) == 1);
  CHECK(file.frames[0].faces.empty());
  CHECK(file.frames[0].rejected.at(0).track == -1);
  CHECK(file.tracks[0].kept);
  CHECK_THROWS_AS(prune_faces(file, {}), Error);
  CHECK(contains(message_of([&] { prune_faces(file, {.tracks = {6}}); }), "no track 6"));
  CHECK(contains(message_of([&] { prune_faces(file, {.people = {2}}); }), "no person 2"));
  CHECK(contains(message_of([&] {
                   prune_faces(file, {.frames = {{0, 1}, {900, 999}}});
                 }),
                 "no frame 900"));
}

TEST_CASE("frames that were pruned are told, are no drop-outs and come back") {
  const Scratch scratch;
  FacesFile file{.tracks = {{.id = 0, .last = 5, .frames = 6}, {.id = 1, .last = 5, .frames = 6}}};
  for (int i = 0; i < 6; ++i) {
    FrameFaces frame{.name = std::to_string(i), .index = i};
    for (const int track : {0, 1}) {
      frame.faces.push_back(test::drawn_face({track == 0 ? 100.0F : 300.0F, 100}, 80));
      frame.faces.back().track = track;
    }
    file.frames.push_back(frame);
  }
  CHECK(prune_faces(file, {.tracks = {1}, .frames = {{1, 2}, {4, 4}}}) == 3);
  write_faces(scratch / "faces.json", file);
  file = read_faces(scratch / "faces.json");
  CHECK(file.frames[2].faces.size() == 1);
  CHECK(dropouts(file).empty());
  const auto told = pruned_frames(file);
  REQUIRE(told.size() == 2);
  CHECK(told[0].frames == FrameRange{1, 2});
  CHECK(told[0].track == 1);
  CHECK(told[1].frames == FrameRange{4, 4});
  CHECK(prune_faces(file, {.tracks = {0}, .frames = {{0, 5}}}, true) == 0);
  CHECK(prune_faces(file, {.frames = {{2, 5}}}, true) == 2);
  CHECK(file.frames[4].faces.size() == 2);
  CHECK(file.frames[2].faces[1].track == 1);
  CHECK(file.frames[2].rejected.empty());
  REQUIRE(pruned_frames(file).size() == 1);
  CHECK(pruned_frames(file)[0].frames == FrameRange{1, 1});
}

TEST_CASE("a face whose crop was taken away is rejected, one that never had a crop is not") {
  const Scratch scratch;
  FacesFile file = two_people(3);
  file.frames[0].faces[0].crop = "there.png";
  file.frames[1].faces[0].crop = "gone.png";
  write_text(scratch / "there.png", "a face");
  const FacesFile kept = only_kept_crops(file, scratch.path());
  CHECK(kept.frames[0].faces.size() == 1);
  CHECK(kept.frames[1].faces.empty());
  CHECK(kept.frames[1].rejected.size() == 1);
  CHECK(kept.frames[2].faces.size() == 1);
}
