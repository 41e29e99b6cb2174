// SPDX-License-Identifier: MIT
#include "base/files.h"

#include <array>
#include <cerrno>
#include <dlfcn.h>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/scratch.h"

using namespace cameo;  // NOLINT(google-build-using-namespace)

struct dirent;

namespace {

int reads_left = -1;  ///< entries of folders that can be read before one read fails; -1: all

}  // namespace

/// In place of the C library's, which std::filesystem calls.
extern "C" dirent* readdir(void* folder) {
  static const auto real = reinterpret_cast<dirent* (*)(void*)>(::dlsym(RTLD_NEXT, "readdir"));
  if (reads_left < 0 || reads_left-- > 0) return real(folder);
  errno = EIO;
  return nullptr;
}

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
  std::filesystem::create_symlink("loop.png", scratch / "loop.png");
  constexpr std::array<std::string_view, 2> kSuffixes{".png", ".jpg"};
  std::vector<std::string> names;
  for (const auto& file : list_files(scratch.path(), kSuffixes))
    names.push_back(file.filename().string());
  CHECK(names == std::vector<std::string>{"f9.PNG", "f10.png", "link.png", "loop.png"});
  const std::string why = test::message_of([&] { list_files(scratch / "none", kSuffixes); });
  CHECK(test::contains(why, "none: cannot be listed: No such file"));
}

TEST_CASE("a folder that can be read in part only is refused by name") {
  const test::Scratch scratch;
  for (const char* name : {"1.png", "2.png", "3.png"}) write_bytes(scratch / name, {});
  constexpr std::array<std::string_view, 1> kSuffixes{".png"};
  reads_left = 4;  // ".", ".." and two files, in whatever order
  const std::string why = test::message_of([&] { list_files(scratch.path(), kSuffixes); });
  CHECK(why == scratch.path().string() + ": cannot be listed: Input/output error");
  CHECK(list_files(scratch.path(), kSuffixes).size() == 3);
}

TEST_CASE("a name that leaves no room for a suffix is shortened and stays unlike its like") {
  CHECK(shortened_name("short", 11) == "short");
  CHECK(shortened_name(std::string(244, 'n'), 11).size() == 244);
  const std::string one = shortened_name(std::string(245, 'n') + "1", 11);
  const std::string two = shortened_name(std::string(245, 'n') + "2", 11);
  CHECK(one.size() == 244);
  CHECK(one != two);
  CHECK(one.starts_with("nnnn"));
  std::string chinese;  // is cut between characters
  for (int i = 0; i < 84; ++i) chinese += "\xE4\xBD\xA0";
  const std::string cut = shortened_name(chinese, 20);
  CHECK(cut.size() <= 235);
  CHECK(utf8_name(cut) == cut);
}

TEST_CASE("a name in UTF-8 stays, other bytes are spelt") {
  CHECK(utf8_name("in/\xC3\xA9 \xE4\xBD\xA0 \xF0\x9F\x98\x80.png") ==
        "\xC3\xA9 \xE4\xBD\xA0 \xF0\x9F\x98\x80.png");
  CHECK(utf8_name("b\xFF\xC3.png") == "b%FF%C3.png");
  CHECK(utf8_name("\xED\xA0\x80\xC0\x80") == "%ED%A0%80%C0%80");  // a surrogate, an overlong zero
}
