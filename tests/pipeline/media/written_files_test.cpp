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
