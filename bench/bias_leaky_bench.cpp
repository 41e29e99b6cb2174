// SPDX-License-Identifier: MIT
#include "bench/ops.h"
#include "bench/support.h"
#include "kernels/bias_leaky.h"

namespace cameo::bench {
namespace {

void forward(benchmark::State& state, Shape shape) {
  const Array x(shape, 1), b({1, 1, 1, shape.c}, 2), y(shape);
  const auto work = [&] { kernels::bias_leaky_forward(cpu(), x, b, y, kBenchSlope); };
  work();
  const auto y_at = [&](std::int64_t i) {
    const float sum = x[i] + b[i % shape.c];
    return sum > 0 ? sum : kBenchSlope * sum;
  };
  if (agrees(state, y, y_at)) measure(state, {.bytes = x.bytes() + y.bytes()}, work);
}

void backward(benchmark::State& state, Shape shape) {
  const Array y(shape, 1), dy(shape, 2), dx(shape), db({1, 1, 1, shape.c});
  const auto work = [&] { kernels::bias_leaky_backward(cpu(), y, dy, dx, db, kBenchSlope); };
  work();
  const auto dx_at = [&](std::int64_t i) { return y[i] > 0 ? dy[i] : kBenchSlope * dy[i]; };
  const auto db_at = [&](std::int64_t c) {
    double sum = 0;
    for (std::int64_t i = c; i < dy.size(); i += shape.c) sum += static_cast<double>(dx_at(i));
    return sum;
  };
  if (agrees(state, dx, dx_at) && agrees(state, db, db_at, 1e-4))
    measure(state, {.bytes = y.bytes() + dy.bytes() + dx.bytes()}, work);
}

}  // namespace

void add_bias_leaky() {
  add_on_maps("bias_leaky/forward", forward);
  add_on_maps("bias_leaky/backward", backward);
}

}  // namespace cameo::bench
