// SPDX-License-Identifier: MIT
#include <filesystem>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

#include "base/idle_threads.h"
#include "tools/commands.h"

namespace {

/// Shows the process under the name it was started by: after let_idle_threads_sleep() the kernel
/// knows a link such as cameo-train as the binary that it points to, and pkill would miss it.
void set_process_name(const std::string& name) {
#if defined(__linux__)
  prctl(PR_SET_NAME, name.c_str());
#else
  static_cast<void>(name);
#endif
}

}  // namespace

// One binary: `cameo COMMAND ...`, or `cameo-COMMAND ...` through a link of that name.
int main(int argc, char** argv) {
  cameo::let_idle_threads_sleep(argv);
  const std::string name =
      argc > 0 ? std::filesystem::path(argv[0]).filename().string() : std::string("cameo");
  set_process_name(name);
  const std::vector<std::string> args(argv + (argc > 0 ? 1 : 0), argv + argc);
  return cameo::run_program(name, args);
}
