// SPDX-License-Identifier: MIT
#pragma once
#include <opencv2/core.hpp>

namespace cameo {

/// Shorter side of a region's bounding box, in pixels, from which MS-SSIM uses all five scales: the
/// window of 11 pixels then fits into the region at each of them.
inline constexpr int kMsSsimSide = 176;

/// Multi-scale structural similarity of 8-bit BGR images of one size, on luma: the product over
/// scales of (mean contrast x structure)^weight, at the coarsest scale of (mean SSIM)^weight. 1 is
/// equal; a negative mean counts as 0.
/// Each scale halves the one before by means of 2 x 2 pixels. Five scales with weights .0448 .2856
/// .3001 .2363 .1333; three with .0711 .4530 .4760 (the first three, renormalised) where the
/// region's bounding box has a side below kMsSsimSide.
/// mask: CV_8UC1, pixels counted where it is not 0; a coarse pixel counts if half of what it covers
/// does. Empty counts the valid part of each scale, as ssim does.
/// Throws Error as ssim does.
/// Source: Wang, Simoncelli and Bovik 2003, doi:10.1109/ACSSC.2003.1292216.
double ms_ssim(const cv::Mat& a, const cv::Mat& b, const cv::Mat& mask = {});

}  // namespace cameo
