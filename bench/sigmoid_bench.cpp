// SPDX-License-Identifier: MIT
#include <cmath>

#include "bench/ops.h"
#include "bench/support.h"
#include "kernels/sigmoid.h"

namespace cameo::bench {
namespace {

void forward(benchmark::State& state) {
  const Array x(kFaces, 1), y(kFaces);
  const auto work = [&] { kernels::sigmoid_forward(cpu(), x, y); };
  work();
  if (agrees(state, y, [&](std::int64_t i) { return 1 / (1 + std::exp(-double{x[i]})); }))
    measure(state, {.bytes = x.bytes() + y.bytes()}, work);
}

void backward(benchmark::State& state) {
  const Array y(kFaces, 1), dy(kFaces, 2), dx(kFaces);
  const auto work = [&] { kernels::sigmoid_backward(cpu(), y, dy, dx); };
  work();
  if (agrees(state, dx, [&](std::int64_t i) { return double{dy[i]} * y[i] * (1 - double{y[i]}); }))
    measure(state, {.bytes = y.bytes() + dy.bytes() + dx.bytes()}, work);
}

}  // namespace

void add_sigmoid() {
  add("sigmoid/forward [16,64,64,3]", forward);
  add("sigmoid/backward [16,64,64,3]", backward);
}

}  // namespace cameo::bench
