// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <vector>

#include "kernels/cpu/loops.h"

namespace cameo::kernels {

/// Sums rows of `width` floats into one row `to`, in an order that does not depend on the threads:
/// each fixed stretch of rows sums by itself, then the stretches' sums are added in order.
/// rows_into(begin, end, sums): adds rows [begin, end) to `sums` (zeroed, `width` floats); it may
/// do other work on these rows while they are in the cache.
template <class F>
void column_sums(std::int64_t rows, int width, const Grad& to, F rows_into) {
  const std::int64_t grain = 4 * rows_of_grain(width), stretches = (rows + grain - 1) / grain;
  std::vector<float> sums(static_cast<std::size_t>(stretches) * static_cast<std::size_t>(width));
  parallel_stretches(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    rows_into(begin, end, sums.data() + begin / grain * width);
  });
  if (!to) return;
  for (int c = 0; c < width; ++c) {
    double sum = 0;
    for (std::int64_t s = 0; s < stretches; ++s)
      sum += sums[static_cast<std::size_t>(s * width + c)];
    put(to, c, static_cast<float>(sum));
  }
}

}  // namespace cameo::kernels
