// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cmath>
#include <cstddef>

#include "base/host_device.h"
#include "kernels/device.h"
#include "kernels/pixel_mask.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// Side of the Gaussian window of structural similarity, its sigma in pixels, and the constants
/// that keep its quotients finite for values in 0..1. Source: Wang et al. 2004.
inline constexpr int kSsimWindow = 11;
inline constexpr double kSsimSigma = 1.5;
inline constexpr float kSsimC1 = 0.01F * 0.01F, kSsimC2 = 0.03F * 0.03F;

/// Weights of the window along one side; they sum to 1.
inline std::array<float, kSsimWindow> ssim_window() {
  constexpr double kMiddle = (kSsimWindow - 1) / 2.0;
  std::array<double, kSsimWindow> bell{};
  double sum = 0;
  for (std::size_t i = 0; i < bell.size(); ++i) {
    const double away = (static_cast<double>(i) - kMiddle) / kSsimSigma;
    sum += bell[i] = std::exp(-0.5 * away * away);
  }
  std::array<float, kSsimWindow> weights{};
  for (std::size_t i = 0; i < bell.size(); ++i) weights[i] = static_cast<float>(bell[i] / sum);
  return weights;
}

/// Moments of the window around one pixel: weighted means of x, t, x x, t t and x t.
struct SsimMoments {
  float x, t, xx, tt, xt;
};

/// Derivatives of the similarity S by the means of x, x x and x t, and S itself.
struct SsimSlopes {
  float s, x, xx, xt;
};

CAMEO_HD inline SsimSlopes ssim_slopes(SsimMoments m) {
  const float a1 = 2 * m.x * m.t + kSsimC1, a2 = 2 * (m.xt - m.x * m.t) + kSsimC2;
  const float b1 = m.x * m.x + m.t * m.t + kSsimC1;
  const float b2 = (m.xx - m.x * m.x) + (m.tt - m.t * m.t) + kSsimC2;
  const float s = a1 * a2 / (b1 * b2);
  const float by_xx = -s / b2, by_xt = 2 * a1 / (b1 * b2);
  // The mean of x stands in the variance and the covariance as well.
  const float by_x = 2 * (m.t * a2 / b2 - s * m.x) / b1 - 2 * m.x * by_xx - m.t * by_xt;
  return {s, by_x, by_xx, by_xt};
}

/// Windows that lie wholly inside the images, each channel's counted for itself.
CAMEO_HD inline Shape ssim_windows(Shape x) {
  return {x.n, x.h - kSsimWindow + 1, x.w - kSsimWindow + 1, x.c};
}

/// Weights of windows: those that a mask has for their middle pixels.
struct WindowMask {
  const float* weights = nullptr;  ///< nullptr: 1 everywhere
  Shape mask, windows;
  /// Of element i of a map of windows.
  CAMEO_HD float at(std::int64_t i) const {
    if (weights == nullptr) return 1;
    const std::int64_t window = i / windows.c, line = window / windows.w;
    const std::int64_t n = mask.n == 1 ? 0 : line / windows.h;
    return weights[(n * mask.h + line % windows.h + kSsimWindow / 2) * mask.w + window % windows.w +
                   kSsimWindow / 2];
  }
};

/// mask: as pixel_mask takes it. Throws Error as that does.
inline WindowMask window_mask(const char* op, ConstView mask, Shape images) {
  return {pixel_mask(op, mask, images).weights, mask.shape, ssim_windows(images)};
}

/// Bytes of scratch of forward and backward: three float32 maps of windows.
inline std::size_t dssim_scratch(Shape x) {
  return 3 * sizeof(float) * static_cast<std::size_t>(ssim_windows(x).size());
}

/// Structural dissimilarity, out = weight * mean of (1 - S) / 2 over all windows inside the images.
/// x and t [N,H,W,C], H and W at least kSsimWindow; out one number. mask: as PixelMask takes it; a
/// window's dissimilarity is multiplied with its middle pixel's weight, and the mean is over all
/// windows, whatever their weights. Sums in double.
void dssim_forward(Cpu& on, ConstView x, ConstView t, View out, float weight, View scratch,
                   ConstView mask = {});
void dssim_forward(Cuda& on, ConstView x, ConstView t, View out, float weight, View scratch,
                   ConstView mask = {});
void dssim_backward(Cpu& on, ConstView x, ConstView t, ConstView dout, Grad dx, float weight,
                    View scratch, ConstView mask = {});
void dssim_backward(Cuda& on, ConstView x, ConstView t, ConstView dout, Grad dx, float weight,
                    View scratch, ConstView mask = {});

}  // namespace cameo::kernels
