// SPDX-License-Identifier: MIT
// The tests that need a GPU; without one they end with kSkipped, which ctest calls skipped.
#define DOCTEST_CONFIG_IMPLEMENT
#include <cstdio>
#include <cstring>

#include <doctest/doctest.h>

#include "base/idle_threads.h"
#include "kernels/system_info.h"

int main(int argc, char** argv) {
  constexpr int kSkipped = 77;
  cameo::let_idle_threads_sleep(argv);
  bool lists = false;
  for (int i = 1; i < argc; ++i) lists |= std::strncmp(argv[i], "--list", 6) == 0;
  const cameo::GpuReport report = lists ? cameo::GpuReport{} : cameo::query_gpus();
  if (!report.why_none.empty()) {
    std::printf("skipped: %s\n", report.why_none.c_str());
    return kSkipped;
  }
  return doctest::Context(argc, argv).run();
}
