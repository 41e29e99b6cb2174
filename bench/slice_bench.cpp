// SPDX-License-Identifier: MIT
#include "bench/ops.h"
#include "bench/support.h"
#include "kernels/slice.h"

namespace cameo::bench {
namespace {

constexpr Shape kBoth{32, 8, 8, 512}, kOne{16, 8, 8, 512};  // what the encoder hands the decoders

void forward(benchmark::State& state) {
  const Array x(kBoth, 1), y(kOne);
  const auto work = [&] { kernels::slice_forward(cpu(), x, y, kOne.n); };
  work();
  if (agrees(state, y, [&](std::int64_t i) { return x[y.size() + i]; }))
    measure(state, {.bytes = 2 * y.bytes()}, work);
}

void backward(benchmark::State& state) {
  const Array dy(kOne, 1), dx(kBoth);
  const auto work = [&] { kernels::slice_backward(cpu(), dy, dx, kOne.n); };
  work();
  const auto dx_at = [&](std::int64_t i) { return i < dy.size() ? 0 : dy[i - dy.size()]; };
  if (agrees(state, dx, dx_at)) measure(state, {.bytes = dy.bytes() + dx.bytes()}, work);
}

}  // namespace

void add_slice() {
  add("slice/forward [32,8,8,512]", forward);
  add("slice/backward [32,8,8,512]", backward);
}

}  // namespace cameo::bench
