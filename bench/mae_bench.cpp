// SPDX-License-Identifier: MIT
#include <cmath>

#include "bench/ops.h"
#include "bench/support.h"
#include "kernels/mae.h"

namespace cameo::bench {
namespace {

void forward(benchmark::State& state) {
  const Array x(kFaces, 1), t(kFaces, 2), out({});
  const auto work = [&] { kernels::mae_forward(cpu(), x, t, out); };
  work();
  const auto mean = [&](std::int64_t) {
    double sum = 0;
    for (std::int64_t i = 0; i < x.size(); ++i) sum += std::abs(double{x[i]} - double{t[i]});
    return sum / static_cast<double>(x.size());
  };
  if (agrees(state, out, mean)) measure(state, {.bytes = x.bytes() + t.bytes()}, work);
}

void backward(benchmark::State& state) {
  const Array x(kFaces, 1), t(kFaces, 2), dout({}, 3), dx(kFaces);
  const auto work = [&] { kernels::mae_backward(cpu(), x, t, dout, dx); };
  work();
  const double k = double{dout[0]} / static_cast<double>(x.size());
  if (agrees(state, dx, [&](std::int64_t i) { return x[i] > t[i] ? k : x[i] < t[i] ? -k : 0; }))
    measure(state, {.bytes = x.bytes() + t.bytes() + dx.bytes()}, work);
}

}  // namespace

void add_mae() {
  add("mae/forward [16,64,64,3]", forward);
  add("mae/backward [16,64,64,3]", backward);
}

}  // namespace cameo::bench
