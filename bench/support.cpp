// SPDX-License-Identifier: MIT
#include "bench/support.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <sstream>
#include <vector>

#include "bench/roofline.h"
#include "kernels/cpu/loops.h"

namespace cameo::bench {
namespace {

constexpr int kRuns = 15;
constexpr std::int64_t kPlaces = 1009;  // compared with the reference

float dummy_input(std::uint64_t i, std::uint64_t seed) {
  // Source: splitmix64's last steps (Steele et al. 2014).
  std::uint64_t bits = (i + 1) * 0x9E3779B97F4A7C15U + seed * 0xD1B54A32D192ED03U;
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9U;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBU;
  return static_cast<float>(bits >> 40) * 0x1p-23F - 1;
}

/// Leaves nothing of what ran before in any cache.
void cool() {
  static const Array others({1, 1, 1, static_cast<int>(beyond_caches() / sizeof(float))}, 1);
  kernels::parallel_stretches(others.size(), kernels::kGrain, [](auto begin, auto end) {
    for (auto i = begin; i < end; ++i) others.data()[i] += 1;
  });
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

Cpu& cpu() {
  static Cpu on;
  return on;
}

Array::Array(Shape shape, std::uint64_t seed) : view_{.shape = shape} {
  memory_ = cpu().allocate(view_.bytes());
  view_.data = memory_.get();
  kernels::parallel_stretches(size(), kernels::kGrain, [&](auto begin, auto end) {
    for (auto i = begin; i < end; ++i)
      data()[i] = seed > 0 ? dummy_input(static_cast<std::uint64_t>(i), seed)
                           : std::numeric_limits<float>::quiet_NaN();
  });
}

bool agrees(benchmark::State& state, const Array& got,
            const std::function<double(std::int64_t)>& reference, double tolerance) {
  const std::int64_t places = std::min(kPlaces, got.size());
  double off = 0, largest = 0;
  for (std::int64_t place = 0; place < places; ++place) {
    const std::int64_t i = places > 1 ? place * (got.size() - 1) / (places - 1) : 0;
    const double wanted = reference(i);
    off = std::max(off, std::abs(wanted - static_cast<double>(got[i])));
    largest = std::max(largest, std::abs(wanted));
  }
  std::int64_t bad = 0;
  for (std::int64_t i = 0; i < got.size(); ++i) bad += std::isnan(got[i]) ? 1 : 0;
  if (bad == 0 && off <= tolerance * largest) return true;
  std::ostringstream why;
  why << "wrong result: " << bad << " NaN, off by " << off << " where numbers reach " << largest;
  state.SkipWithError(why.str().c_str());
  return false;
}

void measure(benchmark::State& state, Cost cost, const std::function<void()>& work) {
  double seconds = 0;
  for ([[maybe_unused]] const auto& once : state) {
    std::vector<double> times;
    for (int run = 0; run < kRuns; ++run) {
      cool();
      const auto start = std::chrono::steady_clock::now();
      work();
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
      times.push_back(took.count());
    }
    seconds = median(std::move(times));
    state.SetIterationTime(seconds);
  }
  const auto rate = [&](double done, double ceiling, const char* name, const char* share) {
    if (done <= 0) return;
    state.counters[name] = done / seconds;
    state.counters[share] = 100 * done / seconds / ceiling;
  };
  rate(cost.flops, roofline().flops, "FLOP/s", "%FMA");
  rate(cost.bytes, roofline().bytes, "B/s", "%copy");
}

void show_way(benchmark::State& state, const std::string& ways, const std::string& pass) {
  const auto at = ways.find(pass + ' ') + pass.size() + 1;
  state.SetLabel(ways.substr(at, ways.find(',', at) - at));
}

void add(const std::string& name, std::function<void(benchmark::State&)> run) {
  benchmark::RegisterBenchmark(name.c_str(), std::move(run))
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
}

void add_on_maps(const std::string& name,
                 const std::function<void(benchmark::State&, Shape)>& run) {
  for (const Shape shape : {Shape{16, 32, 32, 256}, Shape{32, 4, 4, 2048}}) {
    std::ostringstream full;
    full << name << ' ' << shape;
    add(full.str(), [run, shape](benchmark::State& state) { run(state, shape); });
  }
}

}  // namespace cameo::bench
