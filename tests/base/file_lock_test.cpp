// SPDX-License-Identifier: MIT
#include "base/file_lock.h"

#include <optional>

#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;

TEST_CASE("a lock has one holder, and the next one when that is gone") {
  const Scratch scratch;
  std::optional<FileLock> first(scratch / "lock");
  CHECK(first->held());
  CHECK_FALSE(FileLock(scratch / "lock").held());
  CHECK(FileLock(scratch / "other").held());
  first.reset();
  CHECK(FileLock(scratch / "lock").held());
}

TEST_CASE("a lock where no file can be is an error") {
  const Scratch scratch;
  CHECK_THROWS_AS(FileLock(scratch / "none" / "lock"), Error);
}
