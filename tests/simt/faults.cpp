// SPDX-License-Identifier: MIT
#include <string>

#include "tests/simt/faulty.h"

// Runs the kernel with the fault named, which ends the program unless nothing sees it.
int main(int argc, char** argv) {
  using namespace cameo::test;
  const std::string fault = argc > 1 ? argv[1] : "";
  constexpr int kCount = 100;
  auto* const x = new float[kCount]();
  auto* const y = new uint4[kFaultyThreads];
  if (fault == "past-end")
    simt::run(2, kFaultyThreads, [&] { write_past_end(x, kCount); });
  else if (fault == "askew")
    simt::run(1, 4, [&] { read_askew(x, y); });
  else if (fault == "none")
    simt::run(2, kFaultyThreads, [&] { write_past_end(x, kCount - 1); });
  delete[] y;
  delete[] x;
  return 0;
}
