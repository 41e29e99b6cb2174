// SPDX-License-Identifier: MIT
#include "kernels/cpu/primitive.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/error.h"
#include "kernels/cpu/loops.h"

namespace cameo::kernels {
namespace {

constexpr int kRuns = 2;           // timed runs of an algorithm, after one that warms up
constexpr double kHopeless = 1.5;  // a run this much slower than the fastest ends the trial

double seconds(const Algorithm& algorithm, const Operands& operands) {
  const auto start = std::chrono::steady_clock::now();
  algorithm.primitive->run(operands);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Memory for timing, filled with ordinary values.
struct DummyOperands {
  DummyOperands(Cpu& on, const std::vector<Algorithm>& algorithms, OperandSizes sizes) {
    std::size_t bytes = 0;
    for (const Algorithm& algorithm : algorithms)
      bytes = std::max(bytes, algorithm.primitive->scratch_bytes());
    scratch = on.allocate(bytes);
    view = {fill(on, a, sizes.a), fill(on, b, sizes.b), fill(on, out, sizes.out), scratch.get()};
  }
  static float* fill(Cpu& on, Memory& memory, std::size_t floats) {
    memory = on.allocate(floats * sizeof(float));
    auto* data = reinterpret_cast<float*>(memory.get());
    for (std::size_t i = 0; i < floats; ++i) data[i] = static_cast<float>(i % 251) * 0.004F - 0.5F;
    return data;
  }

  Memory a, b, out, scratch;
  Operands view;
};

}  // namespace

Algorithm pick_algorithm(Cpu& on, const std::string& key, std::vector<Algorithm> algorithms,
                         OperandSizes sizes) {
  check(!algorithms.empty(), key, ": there is no algorithm for it");
  const auto find = [&](const std::string& name) -> std::optional<Algorithm> {
    for (Algorithm& algorithm : algorithms)
      if (algorithm.name == name) return std::move(algorithm);
    return std::nullopt;
  };
  std::optional<DummyOperands> dummies;
  const auto candidates = [&] {
    if (on.forced_algorithm.empty() && algorithms.size() > 1)
      dummies.emplace(on, algorithms, sizes);
    return std::move(algorithms);
  };
  const auto time = [&](const Algorithm& algorithm, double least) {
    double shortest = seconds(algorithm, dummies->view);
    for (int run = 0; run < kRuns && shortest <= kHopeless * least; ++run)
      shortest = std::min(shortest, seconds(algorithm, dummies->view));
    algorithm.primitive->drop_packed();  // the dummy weights
    return shortest;
  };
  return pick_algorithm(
      on, key, /*timed=*/true, find, candidates,
      [](const Algorithm& algorithm) { return algorithm.name; }, time);
}

std::size_t estimate_scratch(const Cpu& on, const std::string& key,
                             const std::vector<Algorithm>& algorithms) {
  const bool forced = !on.forced_algorithm.empty();
  const auto name = forced ? on.forced_algorithm : on.known(key);
  for (const Algorithm& algorithm : algorithms)
    if (algorithm.name == name) return algorithm.primitive->scratch_bytes();
  if (forced) return algorithms.front().primitive->scratch_bytes();
  std::size_t most = 0;
  for (const Algorithm& algorithm : algorithms)
    most = std::max(most, algorithm.primitive->scratch_bytes());
  return most;
}

void TunedPass::run(Operands operands, bool add) {
  if (!add) return algorithm_.primitive->run(operands);
  sum_.resize(out_floats_);
  float* const to = std::exchange(operands.out, sum_.data());
  algorithm_.primitive->run(operands);
  parallel_stretches(static_cast<std::int64_t>(out_floats_), kGrain, [&](auto begin, auto end) {
    for (auto i = begin; i < end; ++i) to[i] += sum_[static_cast<std::size_t>(i)];
  });
}

std::size_t TunedPasses::scratch_bytes() const {
  return std::max(
      {forward.scratch_bytes(), backward_data.scratch_bytes(), backward_weights.scratch_bytes()});
}

void TunedPasses::run_forward(ConstView x, ConstView w, Grad y, View scratch) {
  forward.run({x.f32(), w.f32(), y.view.f32(), static_cast<std::byte*>(scratch.data)},
              y.write == Write::Add);
}

void TunedPasses::run_backward(ConstView x, ConstView w, ConstView dy, Grad dx, Grad dw,
                               View scratch) {
  auto* const bytes = static_cast<std::byte*>(scratch.data);
  if (dx) backward_data.run({dy.f32(), w.f32(), dx.view.f32(), bytes}, dx.write == Write::Add);
  if (dw) backward_weights.run({x.f32(), dy.f32(), dw.view.f32(), bytes}, dw.write == Write::Add);
}

std::string TunedPasses::algorithm_names() const {
  std::string text = "forward " + forward.name();
  if (!backward_data.name().empty()) text += ", dx " + backward_data.name();
  if (!backward_weights.name().empty()) text += ", dw " + backward_weights.name();
  return text;
}

}  // namespace cameo::kernels
