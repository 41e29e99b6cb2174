// SPDX-License-Identifier: MIT
#include "base/atomic_file.h"

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include "base/files.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/scratch.h"

using namespace cameo;  // NOLINT(google-build-using-namespace)
using cameo::test::contains;
using cameo::test::message_of;
using cameo::test::Scratch;

namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::set<std::string> names_in(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.insert(entry.path().filename().string());
  return names;
}

}  // namespace

TEST_CASE("of two writers at once each writes a whole file, and the last to commit wins") {
  const Scratch scratch;
  const auto file = scratch / "model";
  AtomicFile first(file), second(file);
  first.write("the first, which is longer");
  second.write("the second");
  first.commit();
  CHECK(text_of(file) == "the first, which is longer");
  second.write(", more of it");
  CHECK(text_of(file) == "the first, which is longer");
  second.commit();
  CHECK(text_of(file) == "the second, more of it");
  CHECK(names_in(scratch.path()) == std::set<std::string>{"model"});
}

TEST_CASE("without commit the old file stays and nothing is left beside it") {
  const Scratch scratch;
  const auto file = scratch / "model";
  std::ofstream(file) << "old";
  for (const Durability durability : {Durability::Disk, Durability::Cache}) {
    AtomicFile out(file, durability);
    out.write("new");
    CHECK(names_in(scratch.path()).size() == 2);
  }
  CHECK(text_of(file) == "old");
  CHECK(names_in(scratch.path()) == std::set<std::string>{"model"});
}

TEST_CASE("temporary files of dead writers are removed, those of living ones are not") {
  const Scratch scratch;
  const pid_t child = ::fork();
  if (child == 0) {
    AtomicFile dead(scratch / "dead");
    ::_exit(0);  // as a kill would, without the destructor
  }
  ::waitpid(child, nullptr, 0);
  std::ofstream(scratch / ".keep.tmp1-x") << "not ours";
  AtomicFile living(scratch / "living");
  REQUIRE(names_in(scratch.path()).size() == 3);
  CHECK(remove_leftovers(scratch.path()) == 1);
  CHECK(names_in(scratch.path()).size() == 2);
  living.write("whole");
  living.commit();
  CHECK(text_of(scratch / "living") == "whole");
}

TEST_CASE("every name that the file system takes can be written") {
  const Scratch scratch;
  std::string umlauts;
  while (umlauts.size() + 2 <= 254) umlauts += "\xC3\xA4";
  // With a byte before them a cut falls between two umlauts or into one, whatever it cuts at.
  for (const std::string& name : {std::string(255, 'n'), std::string(250, 'n') + ".jpg",
                                  std::string("n.") + std::string(253, 'n'), umlauts, "n" + umlauts,
                                  "." + umlauts, "n." + umlauts.substr(2)}) {
    write_bytes(scratch / name, {});
    CHECK(std::filesystem::exists(scratch / name));
    const std::string temporary = temporary_beside(scratch / name).filename().string();
    CHECK(temporary.size() <= 255);
    // Cut in the middle of an umlaut, either half would end in its first byte.
    CHECK(temporary.find("\xC3.part") == std::string::npos);
    CHECK(temporary.back() != '\xC3');
  }
}

TEST_CASE("a failed write names the file and leaves the old one") {
  const Scratch scratch;
  CHECK(contains(message_of([&] { AtomicFile(scratch / "none" / "f"); }), "none/f: cannot create"));
  const auto file = scratch / "model";
  std::ofstream(file) << "old";
  std::string why;
  {
    const test::FileSizeLimit full_disk(100);
    why = message_of([&] { write_bytes(file, std::vector<unsigned char>(1000, 'x')); });
  }
  CHECK(contains(why, "model: cannot write: File too large"));
  CHECK(text_of(file) == "old");
  CHECK(names_in(scratch.path()) == std::set<std::string>{"model"});
}
