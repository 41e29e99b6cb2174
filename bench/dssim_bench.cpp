// SPDX-License-Identifier: MIT
#include <vector>

#include "bench/ops.h"
#include "bench/support.h"
#include "kernels/dssim.h"

namespace cameo::bench {
namespace {

const Shape kWindows = kernels::ssim_windows(kFaces);

/// Place of window or pixel (n, row, column, c).
std::int64_t index_of(Shape s, std::int64_t n, std::int64_t row, std::int64_t column,
                      std::int64_t c) {
  return ((n * s.h + row) * s.w + column) * s.c + c;
}

/// Calls f(n, row, column, c, i) for each element.
template <class F>
void each(Shape s, F f) {
  std::int64_t i = 0;
  for (int n = 0; n < s.n; ++n)
    for (int row = 0; row < s.h; ++row)
      for (int column = 0; column < s.w; ++column)
        for (int c = 0; c < s.c; ++c) f(n, row, column, c, i++);
}

/// Every window summed plainly, as its definition says.
std::vector<kernels::SsimSlopes> slopes_of(const Array& x, const Array& t) {
  const auto weights = kernels::ssim_window();
  std::vector<kernels::SsimSlopes> all(static_cast<std::size_t>(kWindows.size()));
  each(kWindows, [&](auto n, auto row, auto column, auto c, auto i) {
    double sums[5] = {};
    for (std::size_t k = 0; k < weights.size() * weights.size(); ++k) {
      const auto down = static_cast<std::int64_t>(k / weights.size());
      const auto right = static_cast<std::int64_t>(k % weights.size());
      const double weight = double{weights[k / weights.size()]} * weights[k % weights.size()];
      const std::int64_t at = index_of(kFaces, n, row + down, column + right, c);
      const double a = x[at], b = t[at];
      const double terms[5] = {a, b, a * a, b * b, a * b};
      for (int j = 0; j < 5; ++j) sums[j] += weight * terms[j];
    }
    const auto f = [&](int j) { return static_cast<float>(sums[j]); };
    all[static_cast<std::size_t>(i)] = kernels::ssim_slopes({f(0), f(1), f(2), f(3), f(4)});
  });
  return all;
}

/// Two passes along the window's sides for each of `maps` maps.
double flops(int maps) {
  return 2.0 * kernels::kSsimWindow * maps *
         static_cast<double>(index_of(kFaces, kFaces.n, 0, 0, 0) + kWindows.size());
}

void forward(benchmark::State& state) {
  const Array x(kFaces, 1), t(kFaces, 2), out({});
  const Array scratch({3, kWindows.n * kWindows.h, kWindows.w, kWindows.c});
  const auto work = [&] { kernels::dssim_forward(cpu(), x, t, out, 1, scratch); };
  work();
  double sum = 0;
  for (const kernels::SsimSlopes& at : slopes_of(x, t)) sum += double{at.s};
  const double loss = (1 - sum / static_cast<double>(kWindows.size())) / 2;
  if (agrees(
          state, out, [&](std::int64_t) { return loss; }, 1e-4))
    measure(state, {.flops = flops(5), .bytes = x.bytes() + t.bytes()}, work);
}

void backward(benchmark::State& state) {
  const Array x(kFaces, 1), t(kFaces, 2), dout({}, 3), dx(kFaces);
  const Array scratch({3, kWindows.n * kWindows.h, kWindows.w, kWindows.c});
  const auto work = [&] { kernels::dssim_backward(cpu(), x, t, dout, dx, 1, scratch); };
  work();
  const auto weights = kernels::ssim_window();
  std::vector<double> wanted(static_cast<std::size_t>(kFaces.size()));
  const auto slopes = slopes_of(x, t);
  const double k = -0.5 * double{dout[0]} / static_cast<double>(kWindows.size());
  each(kWindows, [&](auto n, auto row, auto column, auto c, auto i) {
    const kernels::SsimSlopes& at = slopes[static_cast<std::size_t>(i)];
    for (std::size_t w = 0; w < weights.size() * weights.size(); ++w) {
      const auto down = static_cast<std::int64_t>(w / weights.size());
      const auto right = static_cast<std::int64_t>(w % weights.size());
      const std::int64_t p = index_of(kFaces, n, row + down, column + right, c);
      wanted[static_cast<std::size_t>(p)] += k * weights[w / weights.size()] *
                                             weights[w % weights.size()] *
                                             (at.x + 2.0 * at.xx * x[p] + 1.0 * at.xt * t[p]);
    }
  });
  if (agrees(
          state, dx, [&](std::int64_t i) { return wanted[static_cast<std::size_t>(i)]; }, 1e-4))
    measure(state, {.flops = flops(8), .bytes = x.bytes() + t.bytes() + dx.bytes()}, work);
}

}  // namespace

void add_dssim() {
  add("dssim/forward [16,64,64,3]", forward);
  add("dssim/backward [16,64,64,3]", backward);
}

}  // namespace cameo::bench
