// SPDX-License-Identifier: MIT
#include <cmath>

#include "bench/ops.h"
#include "bench/support.h"
#include "kernels/sigmoid_mae.h"

namespace cameo::bench {
namespace {

double sigmoid(float x) {
  return 1 / (1 + std::exp(-double{x}));
}

void forward(benchmark::State& state) {
  const Array x(kFaces, 1), t(kFaces, 2), out({});
  const auto work = [&] { kernels::sigmoid_mae_forward(cpu(), x, t, out); };
  work();
  const auto mean = [&](std::int64_t) {
    double sum = 0;
    for (std::int64_t i = 0; i < x.size(); ++i) sum += std::abs(sigmoid(x[i]) - double{t[i]});
    return sum / static_cast<double>(x.size());
  };
  if (agrees(state, out, mean)) measure(state, {.bytes = x.bytes() + t.bytes()}, work);
}

void backward(benchmark::State& state) {
  const Array x(kFaces, 1), t(kFaces, 2), dout({}, 3), dx(kFaces);
  const auto work = [&] { kernels::sigmoid_mae_backward(cpu(), x, t, dout, dx); };
  work();
  const double k = double{dout[0]} / static_cast<double>(x.size());
  const auto dx_at = [&](std::int64_t i) {
    const double y = sigmoid(x[i]);
    return (y > double{t[i]} ? k : -k) * y * (1 - y);
  };
  if (agrees(state, dx, dx_at, 1e-5))
    measure(state, {.bytes = x.bytes() + t.bytes() + dx.bytes()}, work);
}

}  // namespace

void add_sigmoid_mae() {
  add("sigmoid_mae/forward [16,64,64,3]", forward);
  add("sigmoid_mae/backward [16,64,64,3]", backward);
}

}  // namespace cameo::bench
