// SPDX-License-Identifier: MIT
#include "bench/ops.h"
#include "bench/shuffled.h"
#include "bench/support.h"
#include "kernels/pixel_shuffle.h"

namespace cameo::bench {
namespace {

void forward(benchmark::State& state, Shape shape) {
  const Array x(shape, 1), y(spread(shape));
  const auto work = [&] { kernels::pixel_shuffle_forward(cpu(), x, y, 2); };
  work();
  if (agrees(state, y, [&](std::int64_t i) { return x[spread_from(shape, i)]; }))
    measure(state, {.bytes = x.bytes() + y.bytes()}, work);
}

void backward(benchmark::State& state, Shape shape) {
  const Array dy(spread(shape), 1), dx(shape);
  const auto work = [&] { kernels::pixel_shuffle_backward(cpu(), dy, dx, 2); };
  work();
  if (agrees(state, dx, [&](std::int64_t i) { return dy[spread_to(shape, i)]; }))
    measure(state, {.bytes = dy.bytes() + dx.bytes()}, work);
}

}  // namespace

void add_pixel_shuffle() {
  add_on_maps("pixel_shuffle/forward", forward);
  add_on_maps("pixel_shuffle/backward", backward);
}

}  // namespace cameo::bench
