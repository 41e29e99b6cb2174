// SPDX-License-Identifier: MIT
#pragma once
#include <optional>

#include <opencv2/core.hpp>

namespace cameo {

/// How far from a mask's edge its colour step is measured, to either side, in pixels.
inline constexpr int kSeamReach = 3;

/// Colour step across a mask's edge: at each pixel of the edge the absolute difference between the
/// mean colours of what lies inside and of what lies outside, no farther than kSeamReach in x and
/// y; the mean over the edge and the channels, in 8-bit levels. Where the mask ends at the frame's
/// edge there is none. image: 8-bit BGR; mask: CV_8UC1, not 0 inside. Nothing if the mask has no
/// edge. Throws Error if the sizes differ.
std::optional<double> color_step(const cv::Mat& image, const cv::Mat& mask);

/// Seam: the colour step at the edge of the drawn region in the swapped frame, less that in the
/// original, in 8-bit levels. 0: the edge is no more visible than it was; below 0: smoother.
std::optional<double> seam(const cv::Mat& swapped, const cv::Mat& original, const cv::Mat& mask);

}  // namespace cameo
