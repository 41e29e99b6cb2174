// SPDX-License-Identifier: MIT
#include "tools/cli/interrupt.h"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

using namespace cameo;  // NOLINT(google-build-using-namespace)

namespace {

/// Lets a process of its own catch interrupts and receive these signals. Its exit code: that of its
/// death, or the last signal it was told of.
int after(const std::vector<int>& signals, bool nohup = false) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(STDERR_FILENO);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
      std::signal(signal, signal == SIGHUP && nohup ? SIG_IGN : SIG_DFL);
    catch_interrupts();
    for (const int signal : signals) ::raise(signal);
    ::_exit(interrupted());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

TEST_CASE("a closed terminal asks to save and end, as Ctrl-C does") {
  CHECK(after({SIGHUP}) == SIGHUP);
  CHECK(after({SIGTERM}) == SIGTERM);
  CHECK(after({SIGINT, SIGINT}) == 128 + SIGINT);
}

TEST_CASE("a service manager's SIGTERM and SIGHUP together are one request") {
  CHECK(after({SIGTERM, SIGHUP}) == SIGTERM);
  CHECK(after({SIGHUP, SIGHUP, SIGTERM}) == SIGTERM);
  CHECK(after({SIGHUP, SIGTERM, SIGTERM}) == 128 + SIGTERM);
}

TEST_CASE("under nohup a closed terminal means nothing") {
  CHECK(after({SIGHUP}, true) == 0);
}
