// SPDX-License-Identifier: MIT
#include "base/folder_lock.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include <doctest/doctest.h>

#include "base/atomic_file.h"
#include "tests/support/scratch.h"

using namespace cameo;  // NOLINT(google-build-using-namespace)
using cameo::test::contains;
using cameo::test::message_of;
using cameo::test::Scratch;

namespace {

std::function<void()> before_flock;  ///< what another process does meanwhile, once

}  // namespace

/// In place of the C library's.
extern "C" int flock(int descriptor, int operation) noexcept {
  if (const auto act = std::exchange(before_flock, nullptr)) act();
  return static_cast<int>(::syscall(SYS_flock, descriptor, operation));
}

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

TEST_CASE("a lock file that its last holder removes while it is opened is no lock") {
  const Scratch scratch;
  before_flock = [&] { std::filesystem::remove(scratch / ".lock"); };
  const FolderLock lock(scratch.path(), "training");
  CHECK(contains(message_of([&] { FolderLock(scratch.path(), "import"); }), "in use (training"));
}

TEST_CASE("who locks a folder removes what dead writers left there") {
  const Scratch scratch;
  const pid_t child = ::fork();
  if (child == 0) {
    AtomicFile dead(scratch / "model");
    ::_exit(0);  // as a kill would, without the destructor
  }
  ::waitpid(child, nullptr, 0);
  REQUIRE(!std::filesystem::is_empty(scratch.path()));
  { const FolderLock lock(scratch.path(), "training"); }
  CHECK(std::filesystem::is_empty(scratch.path()));
}

TEST_CASE("a folder that is not there cannot be locked") {
  const Scratch scratch;
  CHECK(contains(message_of([&] { FolderLock(scratch / "none", "training"); }),
                 "none/.lock: cannot be made"));
}
