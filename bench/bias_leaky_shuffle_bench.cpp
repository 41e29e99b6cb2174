// SPDX-License-Identifier: MIT
#include "bench/ops.h"
#include "bench/shuffled.h"
#include "bench/support.h"
#include "kernels/bias_leaky_shuffle.h"

namespace cameo::bench {
namespace {

void forward(benchmark::State& state, Shape shape) {
  const Array x(shape, 1), b({1, 1, 1, shape.c}, 2), y(spread(shape));
  const auto work = [&] { kernels::bias_leaky_shuffle_forward(cpu(), x, b, y, kBenchSlope, 2); };
  work();
  const auto y_at = [&](std::int64_t i) {
    const std::int64_t from = spread_from(shape, i);
    const float sum = x[from] + b[from % shape.c];
    return sum > 0 ? sum : kBenchSlope * sum;
  };
  if (agrees(state, y, y_at)) measure(state, {.bytes = x.bytes() + y.bytes()}, work);
}

void backward(benchmark::State& state, Shape shape) {
  const Array y(spread(shape), 1), dy(spread(shape), 2), dx(shape), db({1, 1, 1, shape.c});
  const auto work = [&] {
    kernels::bias_leaky_shuffle_backward(cpu(), y, dy, dx, db, kBenchSlope, 2);
  };
  work();
  const auto dx_at = [&](std::int64_t i) {
    const std::int64_t to = spread_to(shape, i);
    return y[to] > 0 ? dy[to] : kBenchSlope * dy[to];
  };
  const auto db_at = [&](std::int64_t c) {
    double sum = 0;
    for (std::int64_t i = c; i < dx.size(); i += shape.c) sum += static_cast<double>(dx_at(i));
    return sum;
  };
  if (agrees(state, dx, dx_at) && agrees(state, db, db_at, 1e-4))
    measure(state, {.bytes = y.bytes() + dy.bytes() + dx.bytes()}, work);
}

}  // namespace

void add_bias_leaky_shuffle() {
  add_on_maps("bias_leaky_shuffle/forward", forward);
  add_on_maps("bias_leaky_shuffle/backward", backward);
}

}  // namespace cameo::bench
