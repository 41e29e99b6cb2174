// SPDX-License-Identifier: MIT
#include "pipeline/face/crop_files.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;
namespace fs = std::filesystem;

TEST_CASE("a folder that was taken away while faces were written is named, and not made anew") {
  const Scratch scratch;
  CropFiles files(scratch / "out");
  const std::vector<std::vector<unsigned char>> faces{{1, 2, 3}};
  CHECK(files.write("a", faces) == std::vector<std::string>{"a_0.png"});
  fs::remove_all(scratch / "out");
  const std::string why = message_of([&] { files.write("b", faces); });
  CHECK(contains(why, "out: this folder was taken away"));
  CHECK_FALSE(fs::exists(scratch / "out"));
}
