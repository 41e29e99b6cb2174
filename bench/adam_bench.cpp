// SPDX-License-Identifier: MIT
#include <cmath>

#include "bench/ops.h"
#include "bench/support.h"
#include "kernels/adam.h"

namespace cameo::bench {
namespace {

constexpr Shape kWeights{1, 1, 1, 82062470};  // of preset original

void step(benchmark::State& state) {
  const Array w(kWeights, 1), g(kWeights, 2), before(kWeights, 1), m(kWeights), v(kWeights);
  cpu().fill(m.data(), 0, static_cast<std::size_t>(m.size()));
  cpu().fill(v.data(), 0, static_cast<std::size_t>(v.size()));
  AdamState clock;
  const auto work = [&] {
    kernels::adam_advance(cpu(), &clock);
    kernels::adam_step(cpu(), &clock, {.w = w.data(), .g = g.data(), .m = m.data(), .v = v.data()},
                       w.size());
  };
  work();
  // The first step, by the formula of the paper's algorithm with the epsilon that stands for ours.
  const double epsilon = clock.epsilon / std::sqrt(1 - clock.beta2);
  const auto w_at = [&](std::int64_t i) {
    return double{before[i]} - clock.rate * g[i] / (std::abs(double{g[i]}) + epsilon);
  };
  if (agrees(state, w, w_at)) measure(state, {.bytes = 7 * w.bytes()}, work);
}

}  // namespace

void add_adam() {
  add("adam [82062470]", step);
}

}  // namespace cameo::bench
