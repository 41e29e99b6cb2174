// SPDX-License-Identifier: MIT
#pragma once
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <unistd.h>

namespace cameo {

/// Call first in main(): makes OpenMP's idle threads sleep. Returns, or starts the program anew.
///
/// GCC's OpenMP threads spin between two loops. On a machine that does anything else besides, the
/// spinner takes the core from the thread it waits for, and a step costs many times what it should.
/// The library reads its environment before main and offers no other way to tell it, so the
/// program starts itself again with the variable set. Whoever sets OMP_WAIT_POLICY is obeyed.
inline void let_idle_threads_sleep(char** argv) {
#if defined(__linux__)
  if (std::getenv("OMP_WAIT_POLICY") != nullptr) return;
  setenv("OMP_WAIT_POLICY", "passive", 1);
  // By its own path, so that top and pkill know it by its name and not as "exe".
  std::error_code unknown;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", unknown);
  if (!unknown) execv(self.c_str(), argv);
  execv("/proc/self/exe", argv);
#else
  static_cast<void>(argv);
#endif
}

}  // namespace cameo
