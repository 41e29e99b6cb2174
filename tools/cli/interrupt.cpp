// SPDX-License-Identifier: MIT
#include "tools/cli/interrupt.h"

#include <csignal>
#include <cstring>
#include <unistd.h>

namespace cameo {
namespace {

volatile std::sig_atomic_t received = 0;

extern "C" void on_signal(int signal) {
  // Only what is safe inside a signal handler: write, _exit, a flag. A terminal that closes may
  // send SIGHUP more than once, and a service manager SIGTERM after it: neither is impatience.
  if (received != 0 && signal == SIGHUP) return;
  if (received != 0 && received != SIGHUP) _exit(128 + signal);
  const bool first = received == 0;
  received = signal;
  if (!first) return;
  constexpr char kNote[] = "\ncameo: finishing this step and saving; once more stops at once\n";
  // Nobody can be told if even this fails.
  [[maybe_unused]] const auto written = write(STDERR_FILENO, kNote, sizeof kNote - 1);
}

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // nohup ignores SIGHUP, and that shall last.
  struct sigaction hangup {};
  if (sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
    sigaction(SIGHUP, &action, nullptr);
}

int interrupted() {
  return received;
}

}  // namespace cameo
