// SPDX-License-Identifier: MIT
#include "pipeline/measure/named_frames.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/image.h"
#include "pipeline/media/video_writer.h"
#include "tests/support/scratch.h"

using namespace cameo;
using test::contains;
using test::message_of;
using test::Scratch;

namespace {

cv::Mat grey(int level) {
  return {48, 64, CV_8UC3, cv::Scalar::all(level)};
}

double level_of(const cv::Mat& image) {
  return cv::mean(image)[1];
}

}  // namespace

TEST_CASE("a folder's frames are called by their names without suffix, in natural order") {
  const Scratch scratch;
  for (const int i : {2, 10, 1})
    write_image(scratch / "in" / (std::to_string(i) + (i == 2 ? ".jpg" : ".png")), grey(10 * i));
  NamedFrames frames(scratch / "in", "swapped frames");
  CHECK(frames.names() == std::vector<std::string>{"1", "2", "10"});
  CHECK(level_of(frames.read("10")) == 100);
  CHECK(level_of(frames.read("1")) == 10);
  CHECK(frames.contains("2"));
  CHECK_FALSE(frames.contains("3"));
  CHECK(contains(message_of([&] { frames.read("3"); }), "3: not among the swapped frames, "));
}

TEST_CASE("a video's frames are called by their numbers and read in any order") {
  const Scratch scratch;
  VideoWriter writer(scratch / "v.mp4", {.crf = 4});
  for (int i = 0; i < 8; ++i) writer.write(grey(40 + 20 * i), std::nullopt);
  writer.finish();
  NamedFrames frames(scratch / "v.mp4", "swapped frames");
  REQUIRE(frames.names().size() == 8);
  CHECK(frames.names().front() == "000000");
  CHECK(frames.names().back() == "000007");
  for (const int i : {0, 1, 5, 7, 2, 2, 3, 0})
    CHECK(level_of(frames.read(frame_name(i))) == doctest::Approx(40 + 20 * i).epsilon(0.03));
  CHECK_THROWS_AS(frames.read("000008"), Error);
}

TEST_CASE("a video of kept frames has the numbers of the one that they were kept of") {
  const Scratch scratch;
  VideoWriter writer(scratch / "v.mp4", {.crf = 4});
  for (int i = 0; i < 5; ++i) writer.write(grey(40 + 20 * i), std::nullopt);
  writer.finish();
  const std::vector<FrameRange> kept{{3, 4}, {10, 99}};
  NamedFrames frames(scratch / "v.mp4", "swapped frames", kept);
  CHECK(frames.names() ==
        std::vector<std::string>{"000003", "000004", "000010", "000011", "000012"});
  for (const int i : {3, 0, 2}) {
    const int number = i < 2 ? 3 + i : 8 + i;
    CHECK(level_of(frames.read(frame_name(number))) == doctest::Approx(40 + 20 * i).epsilon(0.03));
  }
  const std::vector<FrameRange> fewer{{3, 5}};
  CHECK(contains(message_of([&] { NamedFrames(scratch / "v.mp4", "swapped frames", fewer); }),
                 "holds more frames than the 3 "));
}

TEST_CASE("a single image has its own name, and an input without frames is refused") {
  const Scratch scratch;
  write_image(scratch / "one.png", grey(30));
  NamedFrames frames(scratch / "one.png", "masks");
  CHECK(frames.names() == std::vector<std::string>{"one"});
  CHECK(level_of(frames.read("one")) == 30);
  CHECK(contains(message_of([] { NamedFrames("", "masks"); }), "no masks given"));
  CHECK_THROWS_AS(NamedFrames(scratch / "none", "masks"), Error);
  write_text(scratch / "text.mp4", "no video");
  CHECK_THROWS_AS(NamedFrames(scratch / "text.mp4", "masks"), Error);
}
