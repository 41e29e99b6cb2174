// SPDX-License-Identifier: MIT
#include "pipeline/search.h"

#include <limits>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/clip_search.h"
#include "pipeline/face/track.h"
#include "pipeline/measure/people_sheet.h"
#include "pipeline/media/video_writer.h"
#include "tests/support/drawn.h"
#include "tests/support/scratch.h"

using namespace cameo;
using test::Scratch;
namespace fs = std::filesystem;

namespace {

enum class Hidden { Covered, Blurred };

/// 30 frames a second: a head that turns, hidden in frames 13 to 15; from frame 20 on another shot,
/// with another head elsewhere.
fs::path make_clip(const fs::path& file, Hidden hidden = Hidden::Covered) {
  VideoWriter writer(file, {.rate = {30, 1}, .crf = 8});
  for (int t = 0; t < 31; ++t) {
    const bool second = t >= 20;
    cv::Mat frame(200, 320, CV_8UC3, second ? cv::Scalar(200, 190, 180) : cv::Scalar(60, 50, 40));
    const auto head = test::drawn_face({.yaw = 0.01F * static_cast<float>(t)}, second ? "b" : "a");
    head.copyTo(frame(cv::Rect(second ? 110 : 5 + t, 0, 200, 200)));
    cv::Mat place = frame(cv::Rect(60, 40, 110, 130));
    if (t >= 13 && t <= 15 && hidden == Hidden::Covered) place.setTo(cv::Scalar(120, 110, 100));
    if (t >= 13 && t <= 15 && hidden == Hidden::Blurred) cv::GaussianBlur(place, place, {}, 9);
    writer.write(frame);
  }
  writer.finish();
  return file;
}

FacesFile searched(const fs::path& clip, int workers, FacesFile known = {},
                   const SearchWatch& watch = {}, FacesJournal* journal = nullptr) {
  Finder finder({}, workers);
  return search({.input = clip, .journal = journal}, finder, std::move(known), watch);
}

std::string text_of(const Scratch& scratch, const FacesFile& faces) {
  write_faces(scratch / "text.json", faces);
  const auto bytes = read_bytes(scratch / "text.json");
  return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("a video: tracks end at cuts, and go on behind what covers a face, which is told") {
  const Scratch scratch;
  const FacesFile file = searched(make_clip(scratch / "clip.mp4"), 2);
  CHECK(file.searched);
  CHECK(file.width == 320);
  REQUIRE(file.frames.size() == 31);
  REQUIRE(file.tracks.size() == 2);
  CHECK(file.tracks[0].first == 0);
  CHECK(file.tracks[0].last == 19);
  CHECK(file.tracks[0].frames == 17);
  CHECK(file.tracks[1].first == 20);
  CHECK(file.tracks[1].frames == 11);
  for (const auto& frame : file.frames) {
    CAPTURE(frame.index);
    CHECK(frame.cut == (frame.index == 20));
    const bool hidden = frame.index >= 13 && frame.index <= 15;
    CHECK(frame.faces.size() == (hidden ? 0 : 1));
  }
  const std::vector<Dropout> missed = dropouts(file);
  REQUIRE(missed.size() == 3);
  CHECK(missed[0].index == 13);
  CHECK(missed[2].index == 15);
}

TEST_CASE("a face that the detector misses for blur is filled in") {
  const Scratch scratch;
  const FacesFile file = searched(make_clip(scratch / "clip.mp4", Hidden::Blurred), 2);
  REQUIRE(file.tracks.size() == 2);
  CHECK(file.tracks[0].frames == 20);
  // The head goes one pixel a frame; in a blurred face the nose is found to a few pixels.
  const auto x = [&](std::size_t t) { return file.frames.at(t).faces.at(0).landmarks[30].x; };
  for (const std::size_t t : {13, 14, 15}) CHECK(std::abs(x(t) - (x(12) + x(16)) / 2) < 10);
  CHECK(dropouts(file).empty());
}

TEST_CASE("a sheet has a row for each track, the kept ones first") {
  const Scratch scratch;
  FacesFile file = searched(make_clip(scratch / "clip.mp4"), 2);
  const cv::Mat sheet = people_sheet(file, scratch / "clip.mp4", 3);
  const cv::Mat first = sheet.rowRange(0, sheet.rows / 2 + 10).clone();
  CHECK(sheet.cols == 3 * 256 + 4 * 6);
  CHECK(sheet.rows > 2 * 256);
  CHECK(label_of(file.tracks[0]) == "track 0, kept");
  file.tracks[0].kept = false;
  file.tracks[0].wanted = Wanted::No;
  sort_by_tracks(file);
  const cv::Mat other = people_sheet(file, scratch / "clip.mp4", 3);
  REQUIRE(other.size() == sheet.size());
  CHECK(cv::norm(other.rowRange(0, first.rows), first, cv::NORM_INF) > 50);
  CHECK_THROWS_AS(people_sheet({}, scratch / "clip.mp4"), Error);
}

TEST_CASE("the number of workers changes nothing") {
  const Scratch scratch;
  make_clip(scratch / "clip.mp4");
  CHECK(text_of(scratch, searched(scratch / "clip.mp4", 1)) ==
        text_of(scratch, searched(scratch / "clip.mp4", 3)));
}

TEST_CASE("wherever a search is killed or stopped, the next one ends as if it had not been") {
  const Scratch scratch;
  const fs::path clip = make_clip(scratch / "clip.mp4");
  const std::string whole = text_of(scratch, searched(clip, 1));
  const fs::path journal_file = scratch / "journal.json";
  for (const int last : {1, 8, 12, 21, 31, 33}) {
    CAPTURE(last);
    FacesJournal journal(journal_file, {.searched = false});
    int done = 0;
    std::int64_t first_again = -1;
    const auto go_on = [&](std::int64_t, std::int64_t) { return ++done < last; };
    const FacesFile stopped =
        searched(clip, 1, {.searched = false}, {.progress = go_on, .comparing = go_on}, &journal);
    CHECK(!stopped.searched);
    const FacesFile killed = read_faces(journal_file);
    CHECK(!killed.searched);
    for (const FacesFile& known : {stopped, killed}) {
      const auto listed = static_cast<std::int64_t>(known.frames.size());
      first_again = -1;
      const FacesFile again =
          searched(clip, 2, known, {.progress = [&](std::int64_t at, std::int64_t) {
                     if (first_again < 0) first_again = at;
                     return true;
                   }});
      CHECK(text_of(scratch, again) == whole);
      // At most the interval that was not whole is done again: 8 frames at 30 a second.
      CHECK(first_again > listed - 8);
    }
  }
}

TEST_CASE("every n-th frame, or chosen ones, are searched and linked, and more later") {
  const Scratch scratch;
  const fs::path clip = make_clip(scratch / "clip.mp4");
  Finder finder({}, 1);
  const FacesFile third = search({.input = clip, .every_nth = 3}, finder);
  CHECK(third.frames.size() == 11);
  CHECK(third.tracks.size() == 2);
  const auto part = [&](std::int64_t from, std::int64_t to, FacesFile known) {
    return search({.input = clip, .choice = [=](std::int64_t i) { return i >= from && i <= to; }},
                  finder, std::move(known));
  };
  const FacesFile few = part(3, 9, {});
  CHECK(few.frames.size() == 7);
  const FacesFile more = part(0, 12, few);
  REQUIRE(more.frames.size() == 13);
  CHECK(more.tracks.size() == 1);
  CHECK(more.frames[5].faces.at(0).landmarks == few.frames[2].faces.at(0).landmarks);
}

TEST_CASE("a cut is a change of the picture and neither motion nor a change of light") {
  const cv::Mat face = test::drawn_face();
  const cv::Mat moved = test::drawn_face({.yaw = 0.05F, .x = 0.02F});
  CHECK(!is_cut(thumb_of(face), thumb_of(moved)));
  CHECK(!is_cut(thumb_of(face), thumb_of(face * 0.5)));
  CHECK(is_cut(thumb_of(cv::Mat(200, 200, CV_8UC3, cv::Scalar(60, 50, 40))),
               thumb_of(cv::Mat(200, 200, CV_8UC3, cv::Scalar(200, 190, 180)))));
  // Another head in the same place, after stillness; motion goes on, and a flash keeps its edges.
  cv::Mat other = face.clone();
  cv::ellipse(other, {other.cols / 2, other.rows / 2}, {other.cols / 4, other.rows / 3}, 0, 0, 360,
              cv::Scalar(200, 210, 220), cv::FILLED);
  CHECK(is_sudden(thumb_of(face), thumb_of(other), 0.2));
  CHECK_FALSE(is_sudden(thumb_of(face), thumb_of(other), 5));
  CHECK_FALSE(is_sudden(thumb_of(face), thumb_of(other), std::numeric_limits<double>::infinity()));
  CHECK_FALSE(is_cut(thumb_of(face), thumb_of(other)));
  CHECK_FALSE(is_sudden(thumb_of(face), thumb_of(face * 0.5), 0.2));
  CHECK(detection_step(30, 1) == 8);
  CHECK(detection_step(60, 1) == 15);
  CHECK(detection_step(30, 8) == 1);
  CHECK(detection_step(0, 1) == 1);
}

TEST_CASE("pixels that are not square give the faces of square ones, in the frame's pixels") {
  const cv::Mat square = test::drawn_face({.size = 240});
  cv::Mat narrow;
  cv::resize(square, narrow, {180, 240}, 0, 0, cv::INTER_AREA);
  Finder finder({}, 1);
  const auto expected = finder.find({.name = "s", .pixels = square}).faces.at(0);
  const auto found =
      finder.find({.name = "n", .pixels = narrow, .pixel_aspect = 4.0 / 3}).faces.at(0);
  for (std::size_t i = 0; i < kIbug68; ++i) {
    CHECK(std::abs(found.landmarks[i].x * 4 / 3 - expected.landmarks[i].x) < 4);
    CHECK(std::abs(found.landmarks[i].y - expected.landmarks[i].y) < 4);
  }
}
