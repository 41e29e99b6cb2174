// SPDX-License-Identifier: MIT
#include "kernels/cpu/primitive.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <utility>

#include "base/error.h"
#include "kernels/cpu/loops.h"

namespace cameo::kernels {
namespace {

constexpr int kRuns = 2;           // timed runs of a way, after one that warms up
constexpr double kHopeless = 1.5;  // a run this much slower than the best ends the trial

double seconds(const Way& way, const Arrays& arrays) {
  const auto start = std::chrono::steady_clock::now();
  way.work->run(arrays);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

float* made_up(Cpu& on, Memory& memory, std::size_t floats) {
  memory = on.allocate(floats * sizeof(float));
  auto* data = reinterpret_cast<float*>(memory.get());
  for (std::size_t i = 0; i < floats; ++i) data[i] = static_cast<float>(i % 251) * 0.004F - 0.5F;
  return data;
}

std::size_t fastest(Cpu& on, const std::vector<Way>& ways, Lengths lengths) {
  Memory a, b, out, scratch;
  std::size_t scratch_bytes = 0, best = 0;
  for (const Way& way : ways) scratch_bytes = std::max(scratch_bytes, way.work->scratch_bytes());
  scratch = on.allocate(scratch_bytes);
  const Arrays arrays{made_up(on, a, lengths.a), made_up(on, b, lengths.b),
                      made_up(on, out, lengths.out), scratch.get()};
  double best_seconds = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < ways.size(); ++i) {
    double shortest = seconds(ways[i], arrays);
    for (int run = 0; run < kRuns && shortest <= kHopeless * best_seconds; ++run)
      shortest = std::min(shortest, seconds(ways[i], arrays));
    if (shortest < best_seconds) {
      best_seconds = shortest;
      best = i;
    }
  }
  return best;
}

/// The way that is taken without timing, if any: one that is forced or known, or the only one.
std::optional<std::size_t> untimed(const Cpu& on, const std::string& key,
                                   const std::vector<Way>& ways) {
  check(!ways.empty(), key, ": there is no way to compute it");
  const auto named = [&](const std::string& name) -> std::optional<std::size_t> {
    for (std::size_t i = 0; i < ways.size(); ++i)
      if (ways[i].name == name) return i;
    return std::nullopt;
  };
  if (const auto way = named(on.forced_algorithm)) return way;
  if (!on.forced_algorithm.empty() || ways.size() == 1) return 0;
  const auto known = on.tuning.find(key);
  return known == on.tuning.end() ? std::nullopt : named(known->second);
}

}  // namespace

Way choose(Cpu& on, const std::string& key, std::vector<Way> ways, Lengths lengths) {
  if (const auto way = untimed(on, key, ways)) return std::move(ways[*way]);
  const std::size_t best = fastest(on, ways, lengths);
  on.tuning[key] = ways[best].name;
  ways[best].work->forget();  // the timing's numbers
  return std::move(ways[best]);
}

std::size_t estimate_scratch(const Cpu& on, const std::string& key, const std::vector<Way>& ways) {
  if (const auto way = untimed(on, key, ways)) return ways[*way].work->scratch_bytes();
  std::size_t most = 0;
  for (const Way& way : ways) most = std::max(most, way.work->scratch_bytes());
  return most;
}

void Pass::run(Arrays arrays, bool add) {
  if (!add) return way_.work->run(arrays);
  sum_.resize(out_floats_);
  float* const to = std::exchange(arrays.out, sum_.data());
  way_.work->run(arrays);
  parallel_stretches(static_cast<std::int64_t>(out_floats_), kGrain, [&](auto begin, auto end) {
    for (auto i = begin; i < end; ++i) to[i] += sum_[static_cast<std::size_t>(i)];
  });
}

std::size_t Passes::scratch_bytes() const {
  return std::max({forward.scratch_bytes(), to_input.scratch_bytes(), to_weights.scratch_bytes()});
}

void Passes::run_forward(ConstView x, ConstView w, View y, View scratch) {
  forward.run({x.f32(), w.f32(), y.f32(), static_cast<std::byte*>(scratch.data)}, false);
}

void Passes::run_backward(ConstView x, ConstView w, ConstView dy, Grad dx, Grad dw, View scratch) {
  auto* const bytes = static_cast<std::byte*>(scratch.data);
  if (dx) to_input.run({dy.f32(), w.f32(), dx.view.f32(), bytes}, dx.write == Write::Add);
  if (dw) to_weights.run({x.f32(), dy.f32(), dw.view.f32(), bytes}, dw.write == Write::Add);
}

std::string Passes::ways() const {
  std::string text = "forward " + forward.name();
  if (!to_input.name().empty()) text += ", dx " + to_input.name();
  if (!to_weights.name().empty()) text += ", dw " + to_weights.name();
  return text;
}

}  // namespace cameo::kernels
