// SPDX-License-Identifier: MIT
#include "pipeline/extract.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/face/faces_file.h"
#include "pipeline/media/image.h"
#include "pipeline/media/source.h"
#include "pipeline/media/video_writer.h"
#include "tests/support/drawn.h"
#include "tests/support/scratch.h"

using namespace cameo;
using test::contains;
using test::drawn_face;
using test::message_of;
using test::Scratch;
namespace fs = std::filesystem;

namespace {

cv::Mat empty_room() {
  return {200, 200, CV_8UC3, cv::Scalar(70, 90, 110)};
}

/// Faces in f0, f1, f3, f10; none in f2; f4 is damaged.
fs::path make_folder_of_frames(const Scratch& scratch) {
  fs::path folder = scratch / "in";
  const float yaws[] = {-0.2F, 0, 0.1F, 0.2F};
  const char* names[] = {"f0.png", "f1.png", "f3.png", "f10.png"};
  for (int i = 0; i < 4; ++i) write_image(folder / names[i], drawn_face({.yaw = yaws[i]}));
  write_image(folder / "f2.jpg", empty_room());
  write_bytes(folder / "f4.png", {});
  return folder;
}

std::vector<std::string> images_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& file : list_images(folder)) names.push_back(file.filename().string());
  return names;
}

bool equal_images(const fs::path& a, const fs::path& b) {
  const auto names = images_in(a);
  return names == images_in(b) && std::all_of(names.begin(), names.end(), [&](const auto& name) {
           return read_bytes(a / name) == read_bytes(b / name);
         });
}

/// A face that is covered in two of nine frames.
fs::path make_clip(const fs::path& file) {
  VideoWriter writer(file, {.rate = {10, 1}, .crf = 8});
  for (int i = 0; i < 9; ++i) {
    cv::Mat frame = drawn_face({.yaw = 0.05F * static_cast<float>(i)});
    if (i == 3 || i == 4) frame(cv::Rect(45, 40, 110, 130)).setTo(cv::Scalar(120, 110, 100));
    writer.write(frame);
  }
  writer.finish();
  return file;
}

}  // namespace

TEST_CASE("a folder: faces, numbers and the faces file, and damaged or empty frames end nothing") {
  const Scratch scratch;
  const ExtractOptions options{
      .inputs = {make_folder_of_frames(scratch)}, .output = scratch / "out", .threads = 2};
  const ExtractReport report = extract(options);
  CHECK(report.frames == 5);
  CHECK(report.frames_with_face == 4);
  CHECK(report.faces == 4);
  CHECK(report.resumed == 0);
  CHECK(!report.stopped);
  REQUIRE(report.unreadable.size() == 1);
  CHECK(report.unreadable[0].name == "f4.png");
  CHECK(contains(report.unreadable[0].why, "empty file"));
  CHECK(report.seconds.detect > 0);
  CHECK(images_in(scratch / "out") ==
        std::vector<std::string>{"f0_0.png", "f1_0.png", "f3_0.png", "f10_0.png"});

  REQUIRE(report.faces_files == std::vector<fs::path>{scratch / "in.faces.json"});
  const FacesFile file = read_faces(scratch / "in.faces.json");
  CHECK(file.complete);
  CHECK(file.width == 200);
  REQUIRE(file.frames.size() == 5);
  CHECK(file.frames[2].name == "f2.jpg");
  CHECK(file.frames[2].faces.empty());
  CHECK(file.frames[4].name == "f10.png");
  CHECK(file.frames[4].index == 5);
  const Face& face = file.frames[1].faces.at(0);
  CHECK(face.crop == "f1_0.png");
  const cv::Mat again = crop_aligned(read_image(scratch / "in/f1.png"), face.landmarks, 256);
  CHECK(cv::norm(again, read_image(scratch / "out/f1_0.png"), cv::NORM_INF) == 0);
  const auto wanted = landmarks_aligned(face.landmarks, 256);
  const auto held = read_landmarks(scratch / "out/f1_0.png");
  REQUIRE(held);
  for (std::size_t i = 0; i < held->size(); ++i)
    CHECK(std::abs(held->at(i).x - wanted->at(i).x) + std::abs(held->at(i).y - wanted->at(i).y) <
          2e-5);  // they are rounded to 1e-5

  SUBCASE("the same again has nothing to do") {
    const ExtractReport second = extract(options);
    CHECK(second.frames == 5);
    CHECK(second.faces == 4);
    CHECK(second.resumed == 5);
    CHECK(second.seconds.detect == 0);
  }
  SUBCASE("other settings do not replace it unasked") {
    ExtractOptions other = options;
    other.size = 64;
    CHECK(contains(message_of([&] { extract(other); }), "other settings"));
    other.overwrite = true;
    CHECK(extract(other).faces == 4);
    CHECK(read_image(scratch / "out/f1_0.png").size() == cv::Size(64, 64));
  }
  SUBCASE("an image that is new is searched, the others are not") {
    write_image(scratch / "in/f11.png", empty_room());
    const ExtractReport second = extract(options);
    CHECK(second.frames == 6);
    CHECK(second.resumed == 5);
  }
  SUBCASE("a face that was taken away stays away, all of them are made again") {
    fs::remove(scratch / "out/f3_0.png");
    const ExtractReport second = extract(options);
    CHECK(second.resumed == 5);
    CHECK(contains(second.notes.at(0), "1 of its 4 faces are gone"));
    CHECK(images_in(scratch / "out").size() == 3);
    for (const auto& made : list_images(scratch / "out")) fs::remove(made);
    CHECK(extract(options).resumed == 0);
    CHECK(images_in(scratch / "out").size() == 4);
  }
}

TEST_CASE("a stopped run is gone on from and ends as if it had never stopped") {
  const Scratch scratch;
  const fs::path in = make_folder_of_frames(scratch);
  ExtractOptions options{.inputs = {in}, .output = scratch / "out", .threads = 1};
  int frames = 0;
  const ExtractReport first =
      extract(options, {.progress = [&](const auto&) { return ++frames < 3; }});
  CHECK(first.stopped);
  CHECK(first.frames == 3);
  CHECK(!read_faces(scratch / "in.faces.json").complete);
  const ExtractReport second = extract(options);
  CHECK(!second.stopped);
  CHECK(second.resumed == 3);
  CHECK(second.frames == 5);
  CHECK(second.faces == 4);

  ExtractOptions whole{.inputs = {in},
                       .output = scratch / "whole",
                       .faces_file = scratch / "whole.json",
                       .threads = 2};
  extract(whole);
  CHECK(equal_images(scratch / "out", scratch / "whole"));
  CHECK(read_bytes(scratch / "in.faces.json") == read_bytes(scratch / "whole.json"));
}

TEST_CASE("a video: numbers in the names, every n-th frame, crop mode") {
  const Scratch scratch;
  VideoWriter writer(scratch / "clip.mp4", {.rate = {10, 1}, .crf = 8});
  for (int i = 0; i < 7; ++i) writer.write(drawn_face({.yaw = 0.05F * static_cast<float>(i)}));
  writer.finish();
  const ExtractReport report = extract({.inputs = {scratch / "clip.mp4"},
                                        .output = scratch / "out",
                                        .mode = CropMode::Crop,
                                        .size = 128,
                                        .every_nth = 3});
  CHECK(report.frames == 3);
  CHECK(images_in(scratch / "out") ==
        std::vector<std::string>{"clip_000000_0.png", "clip_000003_0.png", "clip_000006_0.png"});
  CHECK(read_image(scratch / "out/clip_000003_0.png").size() == cv::Size(128, 128));
  const FacesFile file = read_faces(scratch / "clip.mp4.faces.json");
  REQUIRE(file.frames.size() == 3);
  CHECK(file.frames[1].name == "000003");
  CHECK(file.frames[1].seconds == doctest::Approx(0.3));
  const Face& face = file.frames[1].faces.at(0);
  CHECK(read_landmarks(scratch / "out/clip_000003_0.png")->at(33).x ==
        doctest::Approx(landmarks_in_box(face.landmarks, face.box)->at(33).x).epsilon(1e-4));
}

TEST_CASE("files do not depend on the number of threads, and each stage is told of") {
  const Scratch scratch;
  for (const fs::path& input : {make_clip(scratch / "clip.mp4"), make_folder_of_frames(scratch)}) {
    CAPTURE(input.string());
    const auto with = [&](const std::string& name, int threads) {
      return extract({.inputs = {input},
                      .output = scratch / name,
                      .faces_file = scratch / (name + ".json"),
                      .threads = threads,
                      .overwrite = true});
    };
    const ExtractReport report = with("one", 1);
    with("four", 4);
    CHECK(!images_in(scratch / "one").empty());
    CHECK(equal_images(scratch / "one", scratch / "four"));
    CHECK(read_bytes(scratch / "one.json") == read_bytes(scratch / "four.json"));

    std::string names;
    for (const StageReport& stage : report.stages) {
      names += stage.name + ", ";
      if (stage.name == "crop") CHECK(stage.items == (is_images(input) ? 6 : 7));
    }
    CHECK(names == (is_images(input)
                        ? "load models, read, detect, crop, write, "
                        : "load models, search read, search detect, search join, search follow, "
                          "search list, tracks read, tracks compare, tracks count, read, crop, "
                          "write, "));
  }
}

TEST_CASE("a video's progress counts up to the end once in each stage") {
  const Scratch scratch;
  std::string told;
  extract({.inputs = {make_clip(scratch / "clip.mp4")}, .output = scratch / "out"},
          {.progress = [&](const ExtractWatch::Progress& at) {
            if (at.done == at.count) told += std::string(at.stage) + ", ";
            return true;
          }});
  CHECK(told == "searching, comparing, cropping, ");
}

TEST_CASE("inputs with equal names share an output folder, and a read-only place gets no file") {
  const Scratch scratch;
  for (const char* folder : {"p", "q"})
    write_image(scratch / (std::string(folder) + "/in/x.png"),
                drawn_face({}, *folder == 'p' ? "a" : "b"));
  for (const char* folder : {"p", "q"})
    fs::permissions(scratch / folder, fs::perms::owner_read | fs::perms::owner_exec);
  const ExtractOptions options{.inputs = {scratch / "p/in", scratch / "q/in", scratch / "p/in/."},
                               .output = scratch / "out"};
  const ExtractReport report = extract(options);
  const ExtractReport second = extract(options);
  for (const char* folder : {"p", "q"}) fs::permissions(scratch / folder, fs::perms::owner_all);
  CHECK(report.faces == 2);
  CHECK(images_in(scratch / "out") == std::vector<std::string>{"x-2_0.png", "x_0.png"});
  CHECK(report.faces_files ==
        std::vector<fs::path>{scratch / "out/in.faces.json", scratch / "out/in-2.faces.json"});
  REQUIRE(report.notes.size() == 2);
  CHECK(contains(report.notes[0], "nothing can be written beside it"));
  CHECK(second.resumed == 2);
  CHECK(!fs::exists(scratch / "p/in.faces.json"));
}

TEST_CASE("a dry run looks and writes nothing") {
  const Scratch scratch;
  const ExtractReport report = extract({.inputs = {make_folder_of_frames(scratch)},
                                        .output = scratch / "out",
                                        .every_nth = 4,
                                        .dry_run = true});
  CHECK(report.frames == 2);
  CHECK(report.faces == 0);
  CHECK(!fs::exists(scratch / "out"));
  CHECK(!fs::exists(scratch / "in.faces.json"));
}

TEST_CASE("wishes that extraction cannot meet are refused before any work") {
  const Scratch scratch;
  const fs::path in = make_folder_of_frames(scratch);
  const auto why = [](const ExtractOptions& options) {
    return message_of([&] { extract(options); });
  };
  CHECK(contains(why({.output = "out"}), "no input"));
  CHECK(contains(why({.inputs = {in}}), "no output"));
  CHECK(contains(why({.inputs = {in}, .output = in}), "both an input and the folder"));
  CHECK(contains(why({.inputs = {in}, .output = scratch / "out", .size = 3}), "got 3"));
  CHECK(contains(why({.inputs = {in}, .output = scratch / "out", .every_nth = 0}), "got 0"));
  CHECK(contains(why({.inputs = {scratch / "no"}, .output = scratch / "out"}), "no such file"));
  CHECK(contains(why({.inputs = {in, in}, .output = scratch / "out", .faces_file = "f.json"}),
                 "2 inputs"));
  CHECK(!fs::exists(scratch / "out"));
}

TEST_CASE(
    "faces of a faces file are cropped where it says, from any input with frames of its names") {
  const Scratch scratch;
  const fs::path in = make_folder_of_frames(scratch);
  extract({.inputs = {in}, .output = scratch / "out"});
  // The same faces a little to the right: a search would crop them as before.
  const fs::path moved = scratch / "moved";
  for (const char* name : {"f0.png", "f1.png", "f3.png"}) {
    const cv::Mat frame = read_image(in / name);
    cv::Mat shifted = empty_room();
    frame(cv::Rect(0, 0, 190, 200)).copyTo(shifted(cv::Rect(10, 0, 190, 200)));
    write_image(moved / name, shifted);
  }
  write_image(moved / "f12.png", drawn_face({}));
  const ExtractOptions options{
      .inputs = {moved}, .output = scratch / "pairs", .known_faces = scratch / "in.faces.json"};
  const ExtractReport report = extract(options);
  CHECK(report.faces == 3);
  CHECK(report.frames == 4);
  CHECK(report.seconds.detect == 0);
  REQUIRE(report.notes.size() == 1);
  CHECK(contains(report.notes[0], "f12.png is not in"));
  CHECK(images_in(scratch / "pairs") ==
        std::vector<std::string>{"f0_0.png", "f1_0.png", "f3_0.png"});
  const Landmarks known = read_faces(scratch / "in.faces.json").frames[1].faces.at(0).landmarks;
  CHECK(cv::norm(crop_aligned(read_image(moved / "f1.png"), known, 256),
                 read_image(scratch / "pairs/f1_0.png"), cv::NORM_INF) == 0);
  CHECK(read_faces(scratch / "moved.faces.json").frames[1].faces.at(0).landmarks == known);

  SUBCASE("faces that were interpolated are counted, and not cropped") {
    FacesFile file = read_faces(scratch / "in.faces.json");
    file.frames[1].faces.at(0).found = Found::Interpolated;
    write_faces(scratch / "gap.json", file);
    const ExtractReport gap = extract({.inputs = {in},
                                       .output = scratch / "gap",
                                       .faces_file = scratch / "out.json",
                                       .known_faces = scratch / "gap.json"});
    CHECK(gap.faces == 4);
    CHECK(gap.interpolated == 1);
    CHECK(images_in(scratch / "gap").size() == 3);
    CHECK_FALSE(fs::exists(scratch / "gap/f1_0.png"));
  }
  SUBCASE("another faces file is another setting") {
    write_faces(scratch / "other.json", {.source = "other"});
    ExtractOptions other = options;
    other.known_faces = scratch / "other.json";
    CHECK(contains(message_of([&] { extract(other); }), "other settings"));
  }
  SUBCASE("faces of other frames are refused before anything is written") {
    const fs::path other = scratch / "other";
    write_image(other / "g1.png", drawn_face({}));
    ExtractOptions wrong = options;
    wrong.inputs = {other};
    wrong.output = scratch / "none";
    CHECK(contains(message_of([&] { extract(wrong); }), "frames are matched by name"));
    fs::remove(other / "g1.png");
    write_image(other / "f1.png", cv::Mat(100, 120, CV_8UC3, cv::Scalar::all(90)));
    CHECK(contains(message_of([&] { extract(wrong); }), "frames of 200x200 pixels"));
    CHECK_FALSE(fs::exists(scratch / "other.faces.json"));
    CHECK_FALSE(fs::exists(scratch / "none"));
  }
  SUBCASE("what only detection can meet is refused") {
    ExtractOptions filtered = options;
    filtered.finder.filter.wanted = {in / "f0.png"};
    CHECK(contains(message_of([&] { extract(filtered); }), "are taken as they are"));
    ExtractOptions two = options;
    two.inputs.push_back(in);
    CHECK(contains(message_of([&] { extract(two); }), "2 inputs"));
    ExtractOptions none = options;
    none.overwrite = true;
    none.known_faces = scratch / "none.json";
    CHECK(contains(message_of([&] { extract(none); }), "none.json"));
  }
}
