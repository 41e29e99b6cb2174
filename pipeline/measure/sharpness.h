// SPDX-License-Identifier: MIT
#pragma once
#include <optional>

#include <opencv2/core.hpp>

namespace cameo {

/// Mean gradient magnitude of luma inside the mask, 8-bit levels per pixel: what is blurred has
/// less of it. Central differences. The mask's outermost pixel is left out, so that nothing counts
/// that lies past its edge. image: 8-bit BGR; mask: CV_8UC1, not 0 inside. Nothing if the mask is
/// too thin to hold a gradient. Throws Error if the sizes differ.
std::optional<double> mean_gradient(const cv::Mat& image, const cv::Mat& mask);

/// Sharpness: mean_gradient of `image` as a share of that of `reference`. 1 is as sharp, below 1
/// is blurred, above 1 is sharper or noisier. Nothing where the reference has no gradient.
std::optional<double> sharpness(const cv::Mat& image, const cv::Mat& reference,
                                const cv::Mat& mask);

}  // namespace cameo
