// SPDX-License-Identifier: MIT
#include "bench/ops.h"
#include "bench/support.h"
#include "kernels/leaky_relu.h"

namespace cameo::bench {
namespace {

void forward(benchmark::State& state, Shape shape) {
  const Array x(shape, 1), y(shape);
  const auto work = [&] { kernels::leaky_relu_forward(cpu(), x, y, kBenchSlope); };
  work();
  if (agrees(state, y, [&](std::int64_t i) { return x[i] > 0 ? x[i] : kBenchSlope * x[i]; }))
    measure(state, {.bytes = x.bytes() + y.bytes()}, work);
}

void backward(benchmark::State& state, Shape shape) {
  const Array y(shape, 1), dy(shape, 2), dx(shape);
  const auto work = [&] { kernels::leaky_relu_backward(cpu(), y, dy, dx, kBenchSlope); };
  work();
  if (agrees(state, dx, [&](std::int64_t i) { return y[i] > 0 ? dy[i] : kBenchSlope * dy[i]; }))
    measure(state, {.bytes = y.bytes() + dy.bytes() + dx.bytes()}, work);
}

}  // namespace

void add_leaky_relu() {
  add_on_maps("leaky_relu/forward", forward);
  add_on_maps("leaky_relu/backward", backward);
}

}  // namespace cameo::bench
