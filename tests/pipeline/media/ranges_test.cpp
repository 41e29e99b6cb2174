// SPDX-License-Identifier: MIT
#include "pipeline/media/ranges.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "tests/support/scratch.h"

using namespace cameo;

TEST_CASE("a range holds both of its ends") {
  const std::vector<std::string> items{"10-50", "7"};
  const std::vector<FrameRange> ranges = parse_ranges(items);
  CHECK(ranges == std::vector<FrameRange>{{10, 50}, {7, 7}});
  for (const int in : {7, 10, 30, 50}) CHECK(in_ranges(ranges, in));
  for (const int out : {6, 8, 9, 51}) CHECK_FALSE(in_ranges(ranges, out));
}

TEST_CASE("one word may hold several ranges") {
  const std::vector<std::string> items{"10-50 90-max", "1, 3"};
  CHECK(parse_ranges(items) ==
        std::vector<FrameRange>{{10, 50}, {90, FrameRange{}.last}, {1, 1}, {3, 3}});
}

TEST_CASE("min and max leave a range open on their side") {
  const std::vector<std::string> low{"min-5"};
  const std::vector<std::string> high{"5-max"};
  CHECK(in_ranges(parse_ranges(low), 0));
  CHECK(in_ranges(parse_ranges(low), 5));
  CHECK_FALSE(in_ranges(parse_ranges(low), 6));
  CHECK_FALSE(in_ranges(parse_ranges(high), 4));
  CHECK(in_ranges(parse_ranges(high), 1'000'000'000'000));
}

TEST_CASE("without ranges every frame is in") {
  CHECK(in_ranges({}, 123));
}

TEST_CASE("a malformed range is refused by name") {
  for (const std::string item : {"", "a", "1-", "-5", "5-1", "1-2-3", "max", "min", "max-5",
                                 "5-min", "1 - 2", "1.5-2", "99999999999999999999"}) {
    CAPTURE(item);
    const std::vector<std::string> items{"1-2", item};
    CHECK(test::contains(test::message_of([&] { parse_ranges(items); }), "'" + item + "'"));
    try {
      parse_ranges(items);
    } catch (const Error& e) {
      CHECK(e.code() == ErrorCode::Usage);
    }
  }
}

TEST_CASE("a frame's number is the last run of digits of its base name") {
  CHECK(frame_number("000123.png") == 123);
  CHECK(frame_number("take2_0012.jpg") == 12);
  CHECK(frame_number("0042b.png") == 42);
  CHECK(frame_number("/clips/9/a7.png") == 7);
  CHECK_FALSE(frame_number("/clips/9/face.png"));
  CHECK_FALSE(frame_number("face.mp4"));
  CHECK_FALSE(frame_number("99999999999999999999.png"));
}

TEST_CASE("images are chosen by the numbers in their names, not by their places") {
  const test::Scratch folder;
  for (const char* name : {"take_07.png", "take_9.png", "title.png"})
    write_text(folder / name, "x");
  const std::vector<FrameRange> ranges{{8, 20}};
  const auto wanted = images_in(ranges, folder.path());
  CHECK_FALSE(wanted(0));
  CHECK(wanted(1));
  CHECK_FALSE(wanted(2));
  CHECK_FALSE(wanted(3));
  CHECK(images_in({}, folder.path())(0));
  CHECK(frames_in(ranges)(8));
  CHECK_FALSE(frames_in(ranges)(7));
}

TEST_CASE("widened ranges reach farther both ways, from 0 to the end at most") {
  constexpr std::int64_t kEnd = FrameRange{}.last;
  CHECK(widened({{10, 20}, {3, 4}}, 5) == std::vector<FrameRange>{{5, 25}, {0, 9}});
  CHECK(widened({{10, kEnd}}, 5) == std::vector<FrameRange>{{5, kEnd}});
  CHECK(widened({}, 5).empty());
}
