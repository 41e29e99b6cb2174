// SPDX-License-Identifier: MIT
#include "pipeline/media/written_files.h"

#include <doctest/doctest.h>

#include "base/files.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;
namespace fs = std::filesystem;

TEST_CASE("a later run removes what an earlier one wrote and nobody changed, and nothing else") {
  const Scratch scratch;
  {
    WrittenFiles first(scratch.path());
    for (const char* name : {"a.png", "b.png", "c.png", "d.png"}) {
      write_text(scratch / name, name);
      first.add(name);
    }
    first.remove_earlier();
  }
  write_text(scratch / "c.png", "edited since");
  write_text(scratch / "own.png", "never listed");
  fs::remove(scratch / "d.png");
  WrittenFiles second(scratch.path());
  write_text(scratch / "a.png", "again");
  second.add("a.png");
  CHECK(fs::exists(scratch / "b.png"));  // until the run is through
  second.remove_earlier();
  CHECK(fs::exists(scratch / "a.png"));
  CHECK(!fs::exists(scratch / "b.png"));
  CHECK(fs::exists(scratch / "c.png"));
  CHECK(fs::exists(scratch / "own.png"));
}

TEST_CASE("a run that was killed leaves its list, after that of the run before") {
  const Scratch scratch;
  for (const char* name : {"1.png", "2.png"}) {
    WrittenFiles killed(scratch.path());
    write_text(scratch / name, name);
    killed.add(name);
  }
  WrittenFiles(scratch.path()).remove_earlier();
  CHECK(!fs::exists(scratch / "1.png"));
  CHECK(!fs::exists(scratch / "2.png"));
}

TEST_CASE("a list that names other folders or links removes nothing") {
  const Scratch scratch;
  write_text(scratch / "out/x.png", "x");
  write_text(scratch / "victim.png", "x");
  WrittenFiles list(scratch / "out");
  list.add("x.png");
  std::string text;
  {
    const auto bytes = read_bytes(scratch / "out/.cameo-written");
    text.assign(bytes.begin(), bytes.end());
  }
  text.replace(text.find("x.png"), 5, "../victim.png");
  write_text(scratch / "out/.cameo-written", text);
  WrittenFiles(scratch / "out").remove_earlier();
  CHECK(fs::exists(scratch / "victim.png"));
}

TEST_CASE(
    "a run that was killed is gone on with by the same key, from files that are as they were") {
  const Scratch scratch;
  for (const int index : {0, 1, 2}) {
    WrittenFiles killed(scratch.path(), "key");  // killed and gone on with twice
    const std::string name = std::to_string(index) + ".png";
    write_text(scratch / name, name);
    killed.add(name, index);
  }
  write_text(scratch / "1.png", "edited since");
  CHECK(was_killed(scratch.path(), "key"));
  CHECK(was_killed(scratch.path()));
  CHECK_FALSE(was_killed(scratch.path(), "other"));
  CHECK(WrittenFiles(scratch.path(), "other").done().empty());
  CHECK(WrittenFiles(scratch.path()).done().empty());
  WrittenFiles next(scratch.path(), "key");
  CHECK(next.done() == std::set<std::int64_t>{0, 2});
  next.remove_earlier();
  CHECK(fs::exists(scratch / "0.png"));
  CHECK_FALSE(was_killed(scratch.path()));
  CHECK(WrittenFiles(scratch.path(), "key").done().empty());
}

TEST_CASE("a run with another key takes nothing over, and replaces all") {
  const Scratch scratch;
  {
    WrittenFiles killed(scratch.path(), "one");
    write_text(scratch / "0.png", "0");
    killed.add("0.png", 0);
  }
  WrittenFiles other(scratch.path(), "two");
  write_text(scratch / "5.png", "5");
  other.add("5.png", 5);
  CHECK(WrittenFiles(scratch.path(), "two").done() == std::set<std::int64_t>{5});
  other.remove_earlier();
  CHECK_FALSE(fs::exists(scratch / "0.png"));
}
