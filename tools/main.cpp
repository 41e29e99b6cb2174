// SPDX-License-Identifier: MIT
#include <filesystem>
#include <sys/prctl.h>

#include "base/idle_threads.h"
#include "tools/commands.h"

// One binary: `cameo COMMAND ...`, or `cameo-COMMAND ...` through a link of that name.
int main(int argc, char** argv) {
  cameo::let_idle_threads_sleep(argv);
  const std::string name =
      argc > 0 ? std::filesystem::path(argv[0]).filename().string() : std::string("cameo");
  // After let_idle_threads_sleep() the kernel knows a link such as cameo-train as the binary that
  // it points to, and pkill would miss it.
  prctl(PR_SET_NAME, name.c_str());
  const std::vector<std::string> args(argv + (argc > 0 ? 1 : 0), argv + argc);
  return cameo::run_program(name, args);
}
