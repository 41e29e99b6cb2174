// SPDX-License-Identifier: MIT
#include "base/idle_threads.h"
#include "tools/commands.h"

// Built once for each program; CAMEO_COMMAND is the function that it runs.
int main(int argc, char** argv) {
  cameo::let_idle_threads_sleep(argv);
  const std::vector<std::string> args(argv + 1, argv + argc);
  return cameo::CAMEO_COMMAND(args);
}
