// SPDX-License-Identifier: MIT
#include "tools/commands.h"

// Built once for each program; CAMEO_COMMAND is the function that it runs.
int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  return cameo::CAMEO_COMMAND(args);
}
