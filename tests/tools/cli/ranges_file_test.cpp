// SPDX-License-Identifier: MIT
#include "tools/cli/ranges_file.h"

#include <fstream>

#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;

namespace {

std::vector<ComposeRange> ranges_in(const std::string& text) {
  const Scratch scratch;
  std::ofstream(scratch / "ranges.toml") << text;
  return read_ranges(scratch / "ranges.toml");
}

}  // namespace

TEST_CASE("a file of ranges gives frames their options") {
  const ComposeSchedule schedule({}, ranges_in(R"(
[[range]]
frames = "10-50"
color = "lab"
mask = "extended+keep-eyes"
sharpen = 0.5
seamless = true

[[range]]
frames = ["20-29", "40-max"]
sharpen = 1
match-grain = 0.5

[[range]]
frames = 45
skip = true
)"));
  CHECK(schedule.at(9)->color == ColorMatch::Average);
  CHECK(schedule.at(10)->color == ColorMatch::Lab);
  CHECK(schedule.at(10)->mask.kind == (MaskKind::Extended | MaskKind::KeepEyes));
  CHECK(schedule.at(10)->sharpen == 0.5);
  CHECK(schedule.at(10)->seamless);
  CHECK(schedule.at(25)->sharpen == 1);
  CHECK(schedule.at(25)->color == ColorMatch::Lab);
  CHECK(schedule.at(60)->grain == 0.5);
  CHECK_FALSE(schedule.at(45).has_value());
}

TEST_CASE("a file of ranges that cannot be meant is refused by its line") {
  const auto refused = [](const char* text, const char* why) {
    CHECK_THROWS_WITH_AS(ranges_in(text), doctest::Contains(why), Error);
  };
  refused("[[range]]\nframes = \"50-10\"\n", "ranges.toml:2: ");
  refused("[[range]]\nframes = \"1-2\"\ncolour = \"lab\"\n", "ranges.toml:3: no option 'colour'");
  refused("[[range]]\nsharpen = 9\n", "ranges.toml:2: sharpen: got '9'");
  refused("[[range]]\nframes = \"1-2\"\n", "ranges.toml:1: this [[range]] sets nothing");
  refused("[[range]]\nskip = 1\n", "ranges.toml:2: skip: expected true or false");
  refused("[[range]]\nframes = []\n", "an empty list");
  refused("[range]\nframes = \"1-2\"\n", "is not [[range]]");
  refused("[[ranges]]\nframes = \"1-2\"\n", "'ranges' is not [[range]]");
  refused("[[range]]\nframes = 1-2\n", "ranges.toml:2: ");
  refused("", "no [[range]]");
  CHECK_THROWS_AS(read_ranges("/nowhere/ranges.toml"), Error);
}
