// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "kernels/cuda/context.h"
#include "kernels/tensor.h"

namespace cameo::bench {

/// How long to measure.
struct Patience {
  int repeats = 20;  ///< of the work in one recording, so that the call's own cost does not count
  int runs = 9;      ///< of the recording, after two that warm up; the median counts
};

/// Seconds of one `work`, which must only call what may be recorded.
double seconds_of(Cuda& on, Patience patience, const std::function<void()>& work);

/// Seconds of `work` with all that the host does for it, until the device is done; the median.
double seconds_with_host(Cuda& on, int runs, const std::function<void()>& work);

/// Tensors for a benchmark, with memory of their own, filled with made-up numbers.
class Tensors {
 public:
  explicit Tensors(Cuda& on) : on_(on) {}
  /// zeros: where the numbers do not matter and there are many.
  View make(Shape shape, DType dtype = DType::F32, bool zeros = false);

 private:
  Cuda& on_;
  std::vector<Memory> memory_;
};

}  // namespace cameo::bench
