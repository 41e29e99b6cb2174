// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <cstdint>

#include "base/first_exception.h"
#include "kernels/tensor.h"

/// Compiles a loop three times and picks at start by the machine: the build stays portable.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__)
#define CAMEO_SIMD __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CAMEO_SIMD
#endif

namespace cameo::kernels {

/// Calls f(begin, end) for consecutive stretches of [0, count), `grain` long (the last may be
/// shorter), on all threads. The cut does not depend on the number of threads. Throws the first
/// exception that f throws, when every stretch that had begun is done.
template <class F>
void parallel_stretches(std::int64_t count, std::int64_t grain, F f) {
  const std::int64_t stretches = (count + grain - 1) / grain;
  FirstException failure;
#pragma omp parallel for schedule(static) if (stretches > 1)
  for (std::int64_t i = 0; i < stretches; ++i)
    failure.run([&] { f(i * grain, std::min(count, (i + 1) * grain)); });
  failure.rethrow();
}

/// Elements of a stretch that one thread takes: large enough to hide the scheduling, small enough
/// to stay in its cache.
constexpr std::int64_t kGrain = 16384;

/// Rows of `width` elements that make up about one stretch.
inline std::int64_t rows_of_grain(std::int64_t width) {
  return std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, width));
}

/// Writes v to element i of a gradient, or adds it.
inline void put(const Grad& g, std::int64_t i, float v) {
  float* at = g.view.f32() + i;
  *at = g.write == Write::Add ? *at + v : v;
}

}  // namespace cameo::kernels
