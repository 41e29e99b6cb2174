// SPDX-License-Identifier: MIT
#pragma once
#include <opencv2/core.hpp>

namespace cameo {

/// Dense optical flow by polynomial expansion: where what a pixel of `from` shows lies in `to`,
/// less the pixel's own place. What cv::calcOpticalFlowFarneback yields at up to three scales, with
/// a window of 11, 2 iterations and polynomials over 11 pixels of deviation 1.2, up to rounding;
/// its loops are here such that a compiler vectorises them. from, to: CV_8UC1 of one size, of at
/// least 2 pixels along an edge. Returns CV_32FC2, x and y. Source: Farneback 2003,
/// doi:10.1007/3-540-45103-X_50.
cv::Mat dense_flow(const cv::Mat& from, const cv::Mat& to);

}  // namespace cameo
