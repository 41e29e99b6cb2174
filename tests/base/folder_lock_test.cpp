// SPDX-License-Identifier: MIT
#include "base/folder_lock.h"

#include <fstream>
#include <optional>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/support/scratch.h"

using namespace cameo;  // NOLINT(google-build-using-namespace)
using cameo::test::contains;
using cameo::test::message_of;
using cameo::test::Scratch;

TEST_CASE("a folder has one user at a time, and the second is told who that is") {
  const Scratch scratch;
  std::optional<FolderLock> first(std::in_place, scratch.path(), "training");
  const std::string why = message_of([&] { FolderLock(scratch.path(), "import"); });
  CHECK(contains(why, scratch.path().string() + ": in use (training, process " +
                          std::to_string(::getpid()) + " on "));
  first.reset();
  const FolderLock third(scratch.path(), "import");
  CHECK(contains(message_of([&] { FolderLock(scratch.path(), "training"); }), "(import, process"));
}

TEST_CASE("a lock leaves nothing behind, and that of a dead process is no lock") {
  const Scratch scratch;
  { const FolderLock lock(scratch.path(), "training"); }
  CHECK(std::filesystem::is_empty(scratch.path()));
  const pid_t child = ::fork();
  if (child == 0) {
    const FolderLock lock(scratch.path(), "training");
    ::_exit(0);  // as a kill would, without the destructor
  }
  ::waitpid(child, nullptr, 0);
  CHECK(std::filesystem::exists(scratch / ".lock"));
  CHECK_NOTHROW(FolderLock(scratch.path(), "training"));
}

TEST_CASE("a folder that is not there cannot be locked") {
  const Scratch scratch;
  CHECK(contains(message_of([&] { FolderLock(scratch / "none", "training"); }),
                 "none/.lock: cannot be made"));
}
