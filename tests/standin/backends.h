// SPDX-License-Identifier: MIT
#pragma once
#include "engine/exec.h"
#include "kernels/cuda/context.h"

namespace cameo::test {

/// The CPU, computing in ways that do not depend on a stopwatch: in bfloat16 all products that it
/// can.
inline Exec on_cpu(Precision precision = Precision::F32) {
  Cpu cpu;
  cpu.precision = precision;
  cpu.forced_algorithm = "none";
  return cpu;
}

/// The stand-in for a GPU.
inline Exec on_gpu(Precision precision = Precision::F32) {
  return Cuda({.precision = precision, .time_plans = false});
}

}  // namespace cameo::test
