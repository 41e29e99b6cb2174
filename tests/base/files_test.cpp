// SPDX-License-Identifier: MIT
#include "base/files.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/scratch.h"

using namespace cameo;  // NOLINT(google-build-using-namespace)

TEST_CASE("natural order compares runs of digits as numbers") {
  CHECK(natural_less("face9.png", "face10.png"));
  CHECK_FALSE(natural_less("face10.png", "face9.png"));
  CHECK(natural_less("a2b10", "a2b11"));
  CHECK(natural_less("a", "ab"));
  CHECK(natural_less("f9", "f9a"));
  CHECK(natural_less("a1b2", "a1b10"));
  CHECK(natural_less("frame007", "frame8"));
  CHECK(natural_less("99999999999999999999999998", "99999999999999999999999999"));
  CHECK_FALSE(natural_less("same7", "same7"));
}

TEST_CASE("natural order tells equal numbers with other zeros apart, one way round") {
  CHECK((natural_less("a01", "a1") != natural_less("a1", "a01")));
}

TEST_CASE("natural order takes bytes beyond ASCII after those within") {
  CHECK(natural_less("z", "\xC3\xA4"));
  CHECK_FALSE(natural_less("\xC3\xA4", "z"));
}

TEST_CASE("a folder's files are listed by their suffixes, in natural order, links to nowhere too") {
  const test::Scratch scratch;
  for (const char* name : {"f10.png", "f9.PNG", ".hidden.png", "notes.txt", "inner.png/x.png"})
    write_bytes(scratch / name, {});
  std::filesystem::create_symlink("nowhere", scratch / "link.png");
  constexpr std::array<std::string_view, 2> kSuffixes{".png", ".jpg"};
  std::vector<std::string> names;
  for (const auto& file : list_files(scratch.path(), kSuffixes))
    names.push_back(file.filename().string());
  CHECK(names == std::vector<std::string>{"f9.PNG", "f10.png", "link.png"});
  const std::string why = test::message_of([&] { list_files(scratch / "none", kSuffixes); });
  CHECK(test::contains(why, "none: cannot be listed: No such file"));
}
