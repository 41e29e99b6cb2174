// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include <benchmark/benchmark.h>

#include "kernels/device.h"
#include "kernels/tensor.h"

namespace cameo::bench {

/// What all benchmarks run on.
Cpu& cpu();

/// Floats for a benchmark, with memory of their own.
class Array {
 public:
  /// seed > 0: made-up numbers in [-1, 1), the same for the same seed; 0: NaN, which shows what a
  /// kernel has not written.
  explicit Array(Shape shape, std::uint64_t seed = 0);
  operator View() const { return view_; }            // NOLINT(google-explicit-constructor)
  operator ConstView() const { return view_; }       // NOLINT(google-explicit-constructor)
  operator Grad() const { return {.view = view_}; }  // NOLINT(google-explicit-constructor)
  float* data() const { return view_.f32(); }
  float operator[](std::int64_t i) const { return data()[i]; }
  Shape shape() const { return view_.shape; }
  std::int64_t size() const { return view_.shape.size(); }
  double bytes() const { return static_cast<double>(view_.bytes()); }

 private:
  Memory memory_;
  View view_;
};

/// Whether `got` is free of NaN and, in some thousand places spread over it, within `tolerance` of
/// the largest of these numbers of what reference(i) says element i should be. If not, the
/// benchmark ends with an error and without a time.
bool agrees(benchmark::State& state, const Array& got,
            const std::function<double(std::int64_t)>& reference, double tolerance = 1e-6);

/// The least that a piece of work must do: multiplications and additions, bytes read and written.
struct Cost {
  double flops = 0, bytes = 0;
};

/// Times `work` 15 times, each time with cold caches: in a training step, what a kernel reads has
/// long been washed out by what ran in between. The benchmark's time is the median. Counters:
/// FLOP/s and B/s, and what percentage of the measured ceilings these are.
void measure(benchmark::State& state, Cost cost, const std::function<void()>& work);

/// Shows the way of one pass ("dx") out of a kernel's ways ("forward direct, dx gemm").
void show_way(benchmark::State& state, const std::string& ways, const std::string& pass);

/// Registers `run`, which calls measure(), under this name.
void add(const std::string& name, std::function<void(benchmark::State&)> run);

/// Registers it for the largest map of preset original at 16 faces a side and for its smallest:
/// [16,32,32,256] and [32,4,4,2048].
void add_on_maps(const std::string& name, const std::function<void(benchmark::State&, Shape)>& run);

/// What 16 drawn faces are.
constexpr Shape kFaces{16, 64, 64, 3};

/// The network's.
constexpr float kBenchSlope = 0.1F;

}  // namespace cameo::bench
