// SPDX-License-Identifier: MIT
#include "kernels/dssim.h"

#include <vector>

#include "kernels/cpu/ssim_windows.h"
#include "kernels/cpu/sum.h"

namespace cameo::kernels {

CAMEO_SIMD void filter_line(const float* in, std::int64_t apart, const float* weights, float* out,
                            std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = weights[0] * in[i];
  for (int k = 1; k < kSsimWindow; ++k) {
    const float* from = in + k * apart;
    for (std::int64_t i = 0; i < count; ++i) out[i] += weights[k] * from[i];
  }
}

void dssim_forward(Cpu&, ConstView x, ConstView t, View out, float weight, View scratch,
                   ConstView mask) {
  const std::int64_t image = x.shape.size() / x.shape.n;
  const Shape windows = ssim_windows(x.shape);
  parallel_stretches(x.shape.n, 1, [&](auto n, auto) {
    Windows pair(x.shape);
    float* const map = scratch.f32() + n * (windows.size() / windows.n);
    pair.compare(x.f32() + n * image, t.f32() + n * image,
                 [&](auto i, const SsimMoments& at) { map[i] = ssim_slopes(at).s; });
  });
  if (mask) {
    const WindowMask weights = window_mask("dssim_forward", mask, x.shape);
    const double sum =
        ordered_sum(windows.size(), [&](auto i) { return weights.at(i) * (1 - scratch.f32()[i]); });
    *out.f32() = static_cast<float>(weight * sum / static_cast<double>(windows.size()) / 2);
    return;
  }
  const double sum = ordered_sum(windows.size(), [&](auto i) { return scratch.f32()[i]; });
  *out.f32() = static_cast<float>(weight * (1 - sum / static_cast<double>(windows.size())) / 2);
}

// The device, what comes in, what goes out: as dssim_forward and a gradient.
// NOLINTNEXTLINE(readability-function-size)
void dssim_backward(Cpu&, ConstView x, ConstView t, ConstView dout, Grad dx, float weight,
                    View scratch, ConstView mask) {
  const WindowMask weights = window_mask("dssim_backward", mask, x.shape);
  const std::int64_t image = x.shape.size() / x.shape.n;
  const Shape windows = ssim_windows(x.shape);
  const std::int64_t map = windows.size() / windows.n;
  const float k = -0.5F * weight * *dout.f32() / static_cast<float>(windows.size());
  parallel_stretches(x.shape.n, 1, [&](auto n, auto) {
    Windows pair(x.shape);
    const float *px = x.f32() + n * image, *pt = t.f32() + n * image;
    float* const by_x = scratch.f32() + 3 * n * map;
    float *const by_xx = by_x + map, *const by_xt = by_xx + map;
    pair.compare(px, pt, [&](auto i, const SsimMoments& moments) {
      const SsimSlopes at = ssim_slopes(moments);
      const float share = weights.at(n * map + static_cast<std::int64_t>(i));
      by_x[i] = share * at.x;
      by_xx[i] = share * at.xx;
      by_xt[i] = share * at.xt;
    });
    std::vector<float> of_x, of_xx, of_xt;
    pair.spread(by_x, of_x);
    pair.spread(by_xx, of_xx);
    pair.spread(by_xt, of_xt);
    for (std::size_t i = 0; i < of_x.size(); ++i) {
      put(dx, n * image + static_cast<std::int64_t>(i),
          k * (of_x[i] + 2 * px[i] * of_xx[i] + pt[i] * of_xt[i]));
    }
  });
}

}  // namespace cameo::kernels
