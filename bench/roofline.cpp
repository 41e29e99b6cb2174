// SPDX-License-Identifier: MIT
#include "bench/roofline.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <omp.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <benchmark/benchmark.h>

#include "kernels/device.h"

namespace cameo::bench {
namespace {

constexpr int kRuns = 9;
constexpr std::int64_t kRounds = 8000000;  // some 20 ms
constexpr int kChains = 12;  // independent sums: two units times a delay of four, and some to spare

/// A loop of multiply-adds: `flops` a round; what it returns depends on all of them.
struct Spin {
  const char* instructions;
  double flops;
  float (*run)(std::int64_t rounds, float factor);
};

#if defined(__x86_64__)
// A macro, since intrinsics are inlined only into a function of their own target.
#define CAMEO_SPIN(name, features, Vector, set1, madd, first)                       \
  __attribute__((target(features))) float name(std::int64_t rounds, float factor) { \
    const Vector f = set1(factor), one = set1(1.0F);                                \
    Vector sums[kChains];                                                           \
    for (int k = 0; k < kChains; ++k) sums[k] = set1(static_cast<float>(k));        \
    for (std::int64_t i = 0; i < rounds; ++i) {                                     \
      _Pragma("GCC unroll 12") for (auto& sum : sums) sum = madd(sum, f, one);      \
    }                                                                               \
    Vector all = one;                                                               \
    for (const auto& sum : sums) all = madd(all, f, sum);                           \
    return first(all);                                                              \
  }
#define CAMEO_MUL_ADD(a, b, c) _mm_add_ps(_mm_mul_ps(a, b), c)
CAMEO_SPIN(spin_avx512, "avx512f", __m512, _mm512_set1_ps, _mm512_fmadd_ps, _mm512_cvtss_f32)
CAMEO_SPIN(spin_avx2, "avx2,fma", __m256, _mm256_set1_ps, _mm256_fmadd_ps, _mm256_cvtss_f32)
CAMEO_SPIN(spin_sse, "sse2", __m128, _mm_set1_ps, CAMEO_MUL_ADD, _mm_cvtss_f32)

Spin widest_spin() {
  if (__builtin_cpu_supports("avx512f")) return {"AVX-512", 2.0 * 16 * kChains, spin_avx512};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return {"AVX2", 2.0 * 8 * kChains, spin_avx2};
  return {"SSE", 2.0 * 4 * kChains, spin_sse};
}
#else
float spin_plain(std::int64_t rounds, float factor) {
  float sums[4 * kChains] = {};
  for (std::int64_t i = 0; i < rounds; ++i)
    for (auto& sum : sums) sum = std::fma(sum, factor, 1.0F);
  float all = 1;
  for (const float sum : sums) all += sum;
  return all;
}

Spin widest_spin() {
  return {"the compiler's", 2.0 * 4 * kChains, spin_plain};
}
#endif

double shortest(const std::function<void()>& work) {
  double best = 0;
  for (int run = 0; run <= kRuns; ++run) {  // the first wakes cores and memory up
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    best = run <= 1 ? took.count() : std::min(best, took.count());
  }
  return best;
}

double copied_per_second(int threads) {
  Cpu cpu;
  const std::size_t bytes = beyond_caches(), part = bytes / static_cast<std::size_t>(threads);
  const Memory from = cpu.allocate(bytes), to = cpu.allocate(bytes);
  const double seconds = shortest([&] {
#pragma omp parallel num_threads(threads)
    {
      const auto at = part * static_cast<std::size_t>(omp_get_thread_num());
      std::memcpy(to.get() + at, from.get() + at, part);
    }
  });
  return 2.0 * static_cast<double>(part) * threads / seconds;
}

}  // namespace

std::size_t beyond_caches() {
  constexpr std::size_t kLeast = std::size_t{128} << 20;
  const long last_level = sysconf(_SC_LEVEL3_CACHE_SIZE);
  return std::max(kLeast, last_level > 0 ? 2 * static_cast<std::size_t>(last_level) : 0);
}

Roofline measure_roofline() {
  const Spin spin = widest_spin();
  Roofline found{.threads = omp_get_max_threads(), .instructions = spin.instructions};
  const double seconds = shortest([&] {
#pragma omp parallel num_threads(found.threads)
    benchmark::DoNotOptimize(spin.run(kRounds, 0.999F));
  });
  found.flops = spin.flops * static_cast<double>(kRounds) * found.threads / seconds;
  found.bytes = copied_per_second(found.threads);
  return found;
}

const Roofline& roofline() {
  static const Roofline measured = measure_roofline();
  return measured;
}

}  // namespace cameo::bench
