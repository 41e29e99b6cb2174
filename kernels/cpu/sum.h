// SPDX-License-Identifier: MIT
#pragma once
#include <vector>

#include "kernels/cpu/loops.h"

namespace cameo::kernels {

/// Sum of f(i) for i in [0, count), in double, in an order that does not depend on the threads.
template <class F>
double ordered_sum(std::int64_t count, F f) {
  std::vector<double> sums(static_cast<std::size_t>((count + kGrain - 1) / kGrain));
  parallel_stretches(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    double sum = 0;
    for (auto i = begin; i < end; ++i) sum += f(i);
    sums[static_cast<std::size_t>(begin / kGrain)] = sum;
  });
  double sum = 0;
  for (const double s : sums) sum += s;
  return sum;
}

}  // namespace cameo::kernels
