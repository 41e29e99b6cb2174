// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "kernels/dssim.h"

namespace cameo::kernels {

inline constexpr int kMsSsimScales = 5;

/// Exponents of the scales, the finest first. Source: Wang et al. 2003.
inline constexpr std::array<double, kMsSsimScales> kMsSsimWeights{0.0448, 0.2856, 0.3001, 0.2363,
                                                                  0.1333};

/// A scale's similarity is not taken for less, so that its power has a slope.
inline constexpr double kMsSsimLeast = 1e-6;

/// Images of half the sides, what is odd left out.
CAMEO_HD inline Shape halved(Shape x) {
  return {x.n, x.h / 2, x.w / 2, x.c};
}

/// How many scales images of that size have: the coarsest still holds a window.
inline int ms_ssim_scales(Shape x) {
  int scales = 1;
  for (Shape half = halved(x); scales < kMsSsimScales && std::min(half.h, half.w) >= kSsimWindow;
       half = halved(half))
    ++scales;
  return scales;
}

/// The exponents of so many scales, the first of all, made to sum to 1.
inline std::array<double, kMsSsimScales> ms_ssim_weights(int scales) {
  std::array<double, kMsSsimScales> weights = kMsSsimWeights;
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (i >= static_cast<std::size_t>(scales)) weights[i] = 0;
    sum += weights[i];
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

/// As ssim_slopes(), of the contrast and structure alone, without the luminance.
CAMEO_HD inline SsimSlopes contrast_slopes(SsimMoments m) {
  const float a2 = 2 * (m.xt - m.x * m.t) + kSsimC2;
  const float b2 = (m.xx - m.x * m.x) + (m.tt - m.t * m.t) + kSsimC2;
  const float s = a2 / b2;
  const float by_xx = -s / b2, by_xt = 2 / b2;
  return {s, -2 * m.x * by_xx - m.t * by_xt, by_xx, by_xt};
}

/// Bytes of scratch of forward and backward: the coarser images, targets, gradients and masks,
/// three maps of windows, and three numbers of each image and scale.
inline std::size_t ms_ssim_scratch(Shape x) {
  std::int64_t floats = 3 * ssim_windows(x).size() + std::int64_t{3} * kMsSsimScales * x.n;
  Shape half = x;
  for (int scale = 1; scale < ms_ssim_scales(x); ++scale) {
    half = halved(half);
    floats += 3 * half.size() + half.size() / half.c;
  }
  return sizeof(float) * static_cast<std::size_t>(floats);
}

/// Multi-scale structural dissimilarity, out = weight * mean over the images of 1 - P. P is the
/// product over the scales of the mean of (1 + C) / 2 over all windows inside the image and its
/// channels, to the power of the scale's weight; C is contrast and structure of the window, at the
/// coarsest scale its whole similarity. With images of one scale it is dssim_forward. x and t
/// [N,H,W,C], H and W at least kSsimWindow; each scale is that before it in means of 2 x 2 pixels.
/// mask: as PixelMask takes it, halved as the images are. In each scale's mean a window counts by
/// its middle pixel's weight, and 1 - P by the mean weight of the coarsest windows. Source: Wang et
/// al. 2003, doi:10.1109/ACSSC.2003.1292216.
void ms_ssim_forward(Cpu& on, ConstView x, ConstView t, View out, float weight, View scratch,
                     ConstView mask = {});
void ms_ssim_forward(Cuda& on, ConstView x, ConstView t, View out, float weight, View scratch,
                     ConstView mask = {});
void ms_ssim_backward(Cpu& on, ConstView x, ConstView t, ConstView dout, Grad dx, float weight,
                      View scratch, ConstView mask = {});
void ms_ssim_backward(Cuda& on, ConstView x, ConstView t, ConstView dout, Grad dx, float weight,
                      View scratch, ConstView mask = {});

}  // namespace cameo::kernels
