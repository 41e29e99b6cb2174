// SPDX-License-Identifier: MIT
#include "pipeline/convert_faces.h"

#include <set>
#include <stdexcept>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/fingerprint.h"
#include "pipeline/media/image.h"
#include "tests/pipeline/convert_case.h"

using namespace cameo;
using namespace cameo::test;
namespace fs = std::filesystem;

TEST_CASE("faces of a file that fits the input are used, frames it does not name are searched") {
  Case c;
  make_folder_of(c.options.input, 3);
  FacesFile file{.source_id = source_fingerprint(c.options.input)};
  file.frames = {{.name = "shot3_0.png", .faces = {middle_face()}},
                 {.name = "shot3_1.png", .index = 1}};
  write_faces(faces_path(c.options.input), file);
  std::vector<std::string> searched, notes;
  const auto find = [&](const Frame& frame) {
    searched.push_back(frame.name);
    return FrameFaces{};
  };
  const ConvertReport report =
      c.run(find, {.note = [&](std::string_view line) { notes.emplace_back(line); }});
  CHECK(report.searched == 1);
  REQUIRE(notes.size() == 2);
  CHECK(contains(notes[1], "shot3_2.png is not in "));
  CHECK(searched == std::vector<std::string>{"shot3_2.png"});
  CHECK(report.faces_file == faces_path(c.options.input));
  CHECK(report.converted == 1);
  CHECK(report.without_face == 2);

  c.options.search = true;
  c.options.overwrite = true;
  CHECK(c.run().faces_file.empty());
}

TEST_CASE("faces of another input are passed over with a note, or refused if they were named") {
  Case c;
  make_folder_of(c.options.input, 1);
  write_faces(faces_path(c.options.input), {.source_id = "0123"});
  std::string noted;
  const ConvertReport report =
      c.run(find_face, {.note = [&](std::string_view line) { noted = line; }});
  CHECK(report.faces_file.empty());
  CHECK(report.converted == 1);
  CHECK(contains(noted, "in.faces.json"));
  c.options.faces = faces_path(c.options.input);
  c.options.overwrite = true;
  CHECK(fault_of([&] { c.run(); }) == ErrorCode::Input);
}

namespace {

/// A video of `count` frames with a face on the left, track 0, and one on the right, track 1; those
/// of `without` lack the left one.
void make_video_of_two(Case& c, int count, const std::set<std::int64_t>& without = {}) {
  c.options.input = c.scratch / "in.mp4";
  make_video_of(c.options.input, count);
  FacesFile file{.source_id = source_fingerprint(c.options.input)};
  for (int n = 0; n < count; ++n) {
    Face left = drawn_face({40, 60}, 50);
    Face right = drawn_face({120, 60}, 50);
    left.track = 0;
    right.track = 1;
    FrameFaces frame{.name = frame_name(n), .index = n};
    if (!without.contains(n)) frame.faces.push_back(left);
    frame.faces.push_back(right);
    file.frames.push_back(frame);
  }
  file.tracks = {{.id = 0, .last = count - 1, .frames = count, .person = 7},
                 {.id = 1, .last = count - 1, .frames = count, .person = 8}};
  write_faces(faces_path(c.options.input), file);
}

cv::Vec3b at(const fs::path& file, int x) {
  return read_image(file).at<cv::Vec3b>(60, x);
}

}  // namespace

TEST_CASE("each person's face is drawn by the model that is named for them, others by the rest") {
  const cv::Vec3b red(30, 40, 200);
  Case c;
  make_video_of_two(c, 2);
  FakeSwapper blue = constant_swapper({200, 40, 30}, 64, 2);
  FakeSwapper other = constant_swapper({30, 40, 200}, 32);
  const cv::Vec3b before = read_image([&] {
                             c.run();
                             return c.options.output / "000001.png";
                           }())
                               .at<cv::Vec3b>(5, 5);
  c.options.overwrite = true;

  const std::vector<PersonModel> both{{7, &blue}, {{}, &other}};
  CHECK(convert(c.options, both, {}).faces == 4);
  CHECK(at(c.options.output / "000001.png", 40) == kBlue);
  CHECK(at(c.options.output / "000001.png", 120) == red);

  const std::vector<PersonModel> one{{8, &other}};
  CHECK(convert(c.options, one, {}).faces == 2);
  CHECK(at(c.options.output / "000001.png", 40) == before);
  CHECK(at(c.options.output / "000001.png", 120) == red);
}

TEST_CASE("frames in which a kept face is missed are told") {
  Case c;
  make_video_of_two(c, 6, {2, 3});
  c.options.smooth = 0;
  const ConvertReport report = c.run();
  REQUIRE(report.dropouts.size() == 2);
  CHECK(report.dropouts[0].name == "000002");
  CHECK(report.dropouts[1].index == 3);
  CHECK(report.dropouts[0].track == 0);
  c.options.ranges = {"3-5"};
  c.options.overwrite = true;
  CHECK(c.run().dropouts.size() == 1);
}

TEST_CASE("a video keeps a frame that cannot be worked on, as it was") {
  Case c;
  make_video_of_two(c, 4);
  int calls = 0;
  c.swapper = FakeSwapper([&](const cv::Mat& x) {
    if (++calls == 3) throw std::runtime_error("cannot draw this");
    return cv::Mat(x.size(), CV_32FC3, cv::Scalar(200, 40, 30) / 255);
  });
  const ConvertReport report = c.run();
  CHECK(report.failed.size() == 1);
  CHECK(report.written == 4);
  CHECK(at(c.options.output / "000000.png", 40) == kBlue);
  CHECK(at(c.options.output / "000001.png", 40) != kBlue);
}

TEST_CASE("an image that cannot be encoded is reported, the others are written") {
  Case c;
  make_folder_of(c.options.input, 2);
  write_bytes(c.options.input / "b.jpg",
              encode_image("x.png", {kHeight, 65600, CV_8UC3, cv::Scalar::all(90)}));
  const ConvertReport report = c.run([](const Frame& frame) {
    return FrameFaces{.name = frame.name, .index = frame.index, .faces = {middle_face()}};
  });
  REQUIRE(report.failed.size() == 1);
  CHECK(contains(report.failed[0], "b.jpg"));
  CHECK(contains(report.failed[0], "65600"));
  CHECK(report.written == 2);
  CHECK(report.converted == 2);
}

TEST_CASE("what is known of a folder's images holds when others come, which the filter misses") {
  Case c;
  make_folder_of(c.options.input, 2);
  FacesFile file{.source_id = source_fingerprint(c.options.input),
                 .settings = R"({"wanted": ["0123"]})"};
  for (const int n : {0, 1}) {
    const std::string name = "shot3_" + std::to_string(n) + ".png";
    file.frames.push_back(
        {.name = name, .index = n, .file_id = source_fingerprint(c.options.input / name)});
  }
  file.frames[1].faces.push_back(middle_face());
  write_faces(faces_path(c.options.input), file);
  CHECK(c.run().unfiltered == 0);
  write_image(c.options.input / "a.png", image(9));  // the first one now
  c.options.overwrite = true;
  const ConvertReport report = c.run([](const Frame& frame) {
    return FrameFaces{.name = frame.name, .index = frame.index, .faces = {middle_face()}};
  });
  CHECK(report.searched == 1);
  CHECK(report.unfiltered == 1);
  CHECK(report.converted == 2);
  CHECK(middle_of(c.out(1)) == kBlue);
  CHECK(largest_difference(read_image(c.out(0)), image(0)) == 0);
}

TEST_CASE("a faces file that extraction left with the crops is found by their folder") {
  Case c;
  make_folder_of(c.options.input, 1);
  FacesFile file{.source_id = source_fingerprint(c.options.input)};
  Face kept = middle_face();
  kept.crop = "kept.png";
  Face deleted = drawn_face({40, 60}, 40);
  deleted.crop = "deleted.png";
  file.frames = {{.name = "shot3_0.png", .faces = {kept, deleted}}};
  write_faces(c.scratch / "crops/in.faces.json", file);
  write_text(c.scratch / "crops/kept.png", "");
  c.options.crops = c.scratch / "crops";
  const ConvertReport report = c.run();
  CHECK(report.faces == 1);
  CHECK(report.faces_file == c.scratch / "crops/in.faces.json");
}

TEST_CASE("a person whom clustering does not know is refused, with those whom it does") {
  Case c;
  make_video_of_two(c, 2);
  const std::vector<PersonModel> nobody{{9, &c.swapper}};
  CHECK_THROWS_WITH_AS(convert(c.options, nobody, {}), doctest::Contains("there are 7, 8"), Error);
  CHECK_FALSE(fs::exists(c.options.output));
}

TEST_CASE("kept crops without a faces file are refused") {
  Case c;
  make_folder_of(c.options.input, 2);
  c.options.crops = c.scratch / "in";
  CHECK(fault_of([&] { c.run(); }) == ErrorCode::Usage);
}
