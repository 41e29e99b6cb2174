// SPDX-License-Identifier: MIT
#include "tools/new_start.h"

#include <fstream>

#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/support/scratch.h"

namespace cameo::test {

TEST_CASE("a new model starts from what was given, or from its preset's base") {
  const Scratch scratch;
  const Preset& light = preset("light128");
  CHECK(new_start("", light).base.filename() == "base-light128.safetensors");
  CHECK(new_start("", light).warning.empty());
  CHECK(new_start("none", light).base.empty());
  std::ofstream(scratch / "given") << "a base";
  CHECK(new_start((scratch / "given").string(), light).base == scratch / "given");
  std::filesystem::create_directories(scratch / "model");
  CHECK(new_start((scratch / "model").string(), light).base.parent_path() == scratch / "model");
  CHECK_THROWS_AS(new_start((scratch / "nowhere").string(), light), Error);
}

TEST_CASE("a base that Cameo comes with and that is not there is told, not passed over") {
  Preset lost = preset("light128");
  lost.name = "lost";
  const NewStart start = new_start("", lost);
  CHECK(start.base.empty());
  CHECK(contains(start.warning, "base-lost.safetensors, was not found in "));
  CHECK(contains(start.warning, "--start-from none"));
  CHECK(new_start("none", lost).warning.empty());
  CHECK(new_start("", preset("light")).warning.empty());
}

}  // namespace cameo::test
