// SPDX-License-Identifier: MIT
#include "bench/ops.h"
#include "bench/support.h"
#include "kernels/bias.h"

namespace cameo::bench {
namespace {

void forward(benchmark::State& state, Shape shape) {
  const Array x(shape, 1), b({1, 1, 1, shape.c}, 2), y(shape);
  const auto work = [&] { kernels::bias_forward(cpu(), x, b, y); };
  work();
  if (agrees(state, y, [&](std::int64_t i) { return x[i] + b[i % shape.c]; }))
    measure(state, {.bytes = x.bytes() + y.bytes()}, work);
}

void backward(benchmark::State& state, Shape shape) {
  const Array dy(shape, 1), dx(shape), db({1, 1, 1, shape.c});
  const auto work = [&] { kernels::bias_backward(cpu(), dy, dx, db); };
  work();
  const auto db_at = [&](std::int64_t c) {
    double sum = 0;
    for (std::int64_t i = c; i < dy.size(); i += shape.c) sum += static_cast<double>(dy[i]);
    return sum;
  };
  if (agrees(state, dx, [&](std::int64_t i) { return dy[i]; }) && agrees(state, db, db_at, 1e-4))
    measure(state, {.bytes = dy.bytes() + dx.bytes()}, work);
}

}  // namespace

void add_bias() {
  add_on_maps("bias/forward", forward);
  add_on_maps("bias/backward", backward);
}

}  // namespace cameo::bench
