// SPDX-License-Identifier: MIT
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/extract.h"
#include "pipeline/face/faces_file.h"
#include "pipeline/media/fingerprint.h"
#include "pipeline/media/image.h"
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

/// A face in f0 and f3, two in f1, none in f4; f2 is damaged.
fs::path make_frames(const Scratch& scratch) {
  fs::path folder = scratch / "in";
  write_image(folder / "f0.png", drawn_face({.yaw = -0.2F}));
  cv::Mat two;
  cv::hconcat(drawn_face({}), drawn_face({}, "b"), two);
  write_image(folder / "f1.png", two);
  write_bytes(folder / "f2.png", {});
  write_image(folder / "f3.png", drawn_face({.yaw = 0.1F}));
  write_image(folder / "f4.png", {200, 200, CV_8UC3, cv::Scalar(70, 90, 110)});
  return folder;
}

ExtractOptions into_out(const Scratch& scratch) {
  return {.inputs = {scratch / "in"}, .output = scratch / "out", .threads = 1};
}

std::vector<std::string> crops_on_disk(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& file : list_images(folder)) names.push_back(file.filename().string());
  return names;
}

std::vector<std::string> crops_in_file(const fs::path& file) {
  std::vector<std::string> names;
  for (const auto& frame : read_faces(file).frames)
    for (const auto& face : frame.faces) names.push_back(face.crop);
  return names;
}

std::vector<std::string> lines_of(const ExtractReport& report) {
  std::vector<std::string> lines;
  for (const auto& frame : report.unreadable) lines.push_back(frame.name + ": " + frame.why);
  return lines;
}

/// The same input in one go, elsewhere.
ExtractReport extract_whole(const Scratch& scratch) {
  return extract({.inputs = {scratch / "in"},
                  .output = scratch / "whole",
                  .faces_file = scratch / "whole.json",
                  .threads = 2});
}

/// Whether report, faces file and faces are those of one whole run.
void check_is_whole(const Scratch& scratch, const ExtractReport& report) {
  const ExtractReport whole = extract_whole(scratch);
  CHECK(!report.stopped);
  CHECK(report.frames == whole.frames);
  CHECK(report.faces == whole.faces);
  CHECK(lines_of(report) == lines_of(whole));
  CHECK(read_bytes(scratch / "in.faces.json") == read_bytes(scratch / "whole.json"));
  const auto names = crops_on_disk(scratch / "whole");
  REQUIRE(crops_on_disk(scratch / "out") == names);
  for (const auto& name : names)
    CHECK(read_bytes(scratch / ("out/" + name)) == read_bytes(scratch / ("whole/" + name)));
}

}  // namespace

TEST_CASE("wherever a run is stopped, the next one ends as if it had never stopped") {
  for (const int last : {2, 3}) {
    CAPTURE(last);
    const Scratch scratch;
    make_frames(scratch);
    int frames = 0;
    const ExtractReport first =
        extract(into_out(scratch), {.progress = [&](const auto&) { return ++frames < last; }});
    CHECK(first.stopped);
    CHECK(first.unreadable.size() == (last < 3 ? 0 : 1));
    CHECK(crops_in_file(scratch / "in.faces.json") == crops_on_disk(scratch / "out"));
    check_is_whole(scratch, extract(into_out(scratch)));
  }
}

TEST_CASE("a run that is killed has its frames in the faces file, and the next one goes on there") {
  const Scratch scratch;
  make_frames(scratch);
  // What lies on the disk after three frames, the third of which is damaged, is what a kill leaves.
  extract(into_out(scratch), {.progress = [&](const auto& at) {
            if (at.done < 4)
              fs::copy_file(scratch / "in.faces.json", scratch / "killed.json",
                            fs::copy_options::overwrite_existing);
            return true;
          }});
  const FacesFile left = read_faces(scratch / "killed.json");
  CHECK(!left.complete);
  CHECK(left.width == 200);
  CHECK(left.frames.size() == 2);
  CHECK(left.unreadable.size() == 1);
  fs::remove(scratch / "out/f3_0.png");
  fs::copy_file(scratch / "killed.json", scratch / "in.faces.json",
                fs::copy_options::overwrite_existing);
  const ExtractReport second = extract(into_out(scratch));
  CHECK(second.resumed == 2);
  check_is_whole(scratch, second);
}

TEST_CASE("an extraction of an earlier release is gone on from by the whole sum of its input") {
  const Scratch scratch;
  VideoWriter writer(scratch / "in.mp4", {.crf = 8});
  for (int i = 0; i < 3; ++i) writer.write(drawn_face({.yaw = 0.05F * static_cast<float>(i)}));
  writer.finish();
  const ExtractOptions options{.inputs = {scratch / "in.mp4"}, .output = scratch / "out"};
  extract(options);
  const fs::path faces = scratch / "in.mp4.faces.json";
  FacesFile file = read_faces(faces);
  file.source_id = sha256_of_file(scratch / "in.mp4");
  write_faces(faces, file);
  CHECK(extract(options).resumed == 3);
  file.source_id.front() = file.source_id.front() == '0' ? '1' : '0';
  write_faces(faces, file);
  CHECK(contains(message_of([&] { extract(options); }), "another state of this input"));
}

TEST_CASE("what could not be read is told again by a run that has nothing to do") {
  const Scratch scratch;
  make_frames(scratch);
  extract(into_out(scratch));
  const ExtractReport again = extract(into_out(scratch));
  CHECK(again.resumed == 4);
  REQUIRE(again.unreadable.size() == 1);
  CHECK(again.unreadable[0].name == "f2.png");
  check_is_whole(scratch, again);
}

TEST_CASE("a face that cannot be written: the file lists what was written, and nothing else is") {
  const Scratch scratch;
  make_frames(scratch);
  ExtractOptions options = into_out(scratch);
  extract(options);
  const fs::path blocked = scratch / "out/f1_1.png";
  fs::remove(blocked);
  fs::create_directories(blocked / "in the way");
  options.overwrite = true;  // else the frame would take another name
  CHECK(contains(message_of([&] { extract(options); }), "f1_1.png: cannot replace"));
  fs::remove_all(blocked);
  CHECK(!read_faces(scratch / "in.faces.json").complete);
  CHECK(crops_in_file(scratch / "in.faces.json") == std::vector<std::string>{"f0_0.png"});
  CHECK(crops_on_disk(scratch / "out") == std::vector<std::string>{"f0_0.png"});
  check_is_whole(scratch, extract(into_out(scratch)));
}

TEST_CASE("the first fault is the one that is told, though saving fails after it") {
  const Scratch scratch;
  make_frames(scratch);
  std::vector<std::string> notes;
  const ExtractWatch watch{.progress = [&](const auto& at) -> bool {
                             if (at.done < 2) return true;
                             fs::remove(scratch / "in.faces.json");
                             fs::create_directories(scratch / "in.faces.json/in the way");
                             throw std::runtime_error("the first fault");
                           },
                           .note = [&](std::string_view line) { notes.emplace_back(line); }};
  CHECK(message_of([&] { extract(into_out(scratch), watch); }) == "the first fault");
  REQUIRE(notes.size() == 1);
  CHECK(contains(notes[0], "in.faces.json: cannot replace"));
  fs::remove_all(scratch / "in.faces.json");
  check_is_whole(scratch, extract(into_out(scratch)));
}

TEST_CASE("an input that cannot be opened leaves no faces file, and an earlier one as it was") {
  const Scratch scratch;
  const std::string text = "no video";
  const std::span bytes(reinterpret_cast<const unsigned char*>(text.data()), text.size());
  write_bytes(scratch / "clip.mp4", bytes);
  ExtractOptions options{.inputs = {scratch / "clip.mp4"}, .output = scratch / "out"};
  const fs::path faces = scratch / "clip.mp4.faces.json";
  CHECK(contains(message_of([&] { extract(options); }), "clip.mp4"));
  CHECK(!fs::exists(faces));
  write_faces(faces, {.source = "an earlier state of it"});
  const auto before = read_bytes(faces);
  options.overwrite = true;
  CHECK(contains(message_of([&] { extract(options); }), "clip.mp4"));
  CHECK(read_bytes(faces) == before);
}

TEST_CASE("doing it again replaces the faces of the earlier run, none of them stays") {
  const Scratch scratch;
  make_frames(scratch);
  extract(into_out(scratch));
  write_image(scratch / "out/mine.png", drawn_face({}));
  ExtractOptions options = into_out(scratch);
  options.finder.max_faces = 1;
  options.overwrite = true;
  SUBCASE("wholly") {
    extract(options);
    CHECK(crops_on_disk(scratch / "out") ==
          std::vector<std::string>{"f0_0.png", "f1_0.png", "f3_0.png", "mine.png"});
  }
  SUBCASE("though the user has taken one away, and the input is spelt in another way") {
    fs::remove(scratch / "out/f0_0.png");
    options.inputs = {scratch / "out/../in/."};
    extract(options);
    CHECK(crops_on_disk(scratch / "out") ==
          std::vector<std::string>{"f0_0.png", "f1_0.png", "f3_0.png", "mine.png"});
  }
  SUBCASE("but not those of another input") {
    write_image(scratch / "other/f0.png", drawn_face({}, "b"));
    options.inputs = {scratch / "other"};
    extract(options);
    CHECK(crops_in_file(scratch / "other.faces.json") == std::vector<std::string>{"f0-2_0.png"});
    options.inputs = {scratch / "in"};
    extract(options);
    options.inputs = {scratch / "other"};
    CHECK(extract(options).faces == 1);
    CHECK(crops_on_disk(scratch / "out") ==
          std::vector<std::string>{"f0-2_0.png", "f0_0.png", "f1_0.png", "f3_0.png", "mine.png"});
  }
  SUBCASE("stopped, and gone on from without that wish") {
    options.size = 64;
    extract(options, {.progress = [](const auto&) { return false; }});
    CHECK(crops_on_disk(scratch / "out") == std::vector<std::string>{"f0_0.png", "mine.png"});
    options.overwrite = false;
    extract(options);
    CHECK(crops_on_disk(scratch / "out") ==
          std::vector<std::string>{"f0_0.png", "f1_0.png", "f3_0.png", "mine.png"});
  }
}

TEST_CASE("a reference extraction is not taken for done because an ordinary one is") {
  const Scratch scratch;
  make_frames(scratch);
  extract(into_out(scratch));
  ExtractOptions reference = into_out(scratch);
  reference.finder.reference = true;
  CHECK(contains(message_of([&] { extract(reference); }), "other settings"));
}

TEST_CASE("a faces file that is named is written, though an earlier run left its own beside them") {
  const Scratch scratch;
  make_frames(scratch);
  fs::create_directories(scratch / "out");
  fs::permissions(scratch.path(), fs::perms::owner_read | fs::perms::owner_exec);
  extract(into_out(scratch));  // its faces file goes into the output folder
  fs::permissions(scratch.path(), fs::perms::owner_all);
  ExtractOptions options = into_out(scratch);
  options.faces_file = scratch / "named.json";
  extract(options);
  CHECK(crops_in_file(scratch / "named.json") == crops_on_disk(scratch / "out"));
}

TEST_CASE("a folder that has changed is gone on with by its new and changed images alone") {
  const Scratch scratch;
  make_frames(scratch);
  extract(into_out(scratch));
  fs::remove(scratch / "out/f1_1.png");  // by the user
  fs::remove(scratch / "in/f0.png");
  write_image(scratch / "in/a.png", drawn_face({.yaw = 0.2F}));
  write_image(scratch / "in/f2.png", drawn_face({}, "b"));             // copied again, whole
  write_image(scratch / "in/f3.png", drawn_face({.yaw = 0.1F}, "b"));  // another picture
  const ExtractReport report = extract(into_out(scratch));
  CHECK(report.resumed == 2);
  CHECK(report.frames == 5);
  CHECK(report.unreadable.empty());
  // The crop of the image that is gone stays, the deleted one stays away.
  CHECK(crops_on_disk(scratch / "out") ==
        std::vector<std::string>{"a_0.png", "f0_0.png", "f1_0.png", "f2_0.png", "f3_0.png"});
  REQUIRE(report.notes.size() == 3);
  CHECK(contains(report.notes[0], "2 images are new or changed"));
  CHECK(contains(report.notes[1], "1 image that"));
  CHECK(contains(report.notes[2], "1 of its 2 faces are gone"));
  const FacesFile file = read_faces(scratch / "in.faces.json");
  CHECK(file.complete);
  std::vector<std::string> frames;
  for (const FrameFaces& frame : file.frames) {
    CHECK(frame.index == static_cast<std::int64_t>(frames.size()));
    frames.push_back(frame.name);
  }
  CHECK(frames == std::vector<std::string>{"a.png", "f1.png", "f2.png", "f3.png", "f4.png"});
  CHECK(contains(extract(into_out(scratch)).notes.back(), "nothing to do"));
}

TEST_CASE("with a step between frames, a folder that has changed is another one") {
  const Scratch scratch;
  make_frames(scratch);
  ExtractOptions options = into_out(scratch);
  options.every_nth = 2;
  extract(options);
  fs::remove(scratch / "in/f4.png");
  CHECK(contains(message_of([&] { extract(options); }), "another state of this input"));
}
