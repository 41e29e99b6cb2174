// SPDX-License-Identifier: MIT
#pragma once
#include <opencv2/core.hpp>

namespace cameo {

/// Poisson image editing in floating point: the image over `there` whose gradients are those of
/// `over` inside `region` and those of `there` around it, equal to `there` along the image's rim.
/// OpenCV's seamlessClone knows 8 bits only; this is its equation, solved directly by sine
/// transforms: O(n log n) for n pixels, no iterations. over, there: CV_32FC3 of one size, at least
/// 3 x 3. region: CV_8UC1, not 0 inside; it may not touch the outermost pixels.
/// Source: Perez et al. 2003, doi:10.1145/882262.882269.
cv::Mat poisson_clone(const cv::Mat& over, const cv::Mat& there, const cv::Mat& region);

}  // namespace cameo
