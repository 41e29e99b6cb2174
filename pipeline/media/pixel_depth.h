// SPDX-License-Identifier: MIT
#pragma once
#include <opencv2/core.hpp>

namespace cameo {

/// `image` (8 or 16 bits a channel) with 8 bits a channel: itself, pixels shared, or value / 257
/// rounded. Detectors, landmarks, descriptors and training look at 8 bits.
/// Throws Error for another depth.
cv::Mat to_8_bit(const cv::Mat& image);

/// `image` (8 or 16 bits a channel) with 16 bits a channel: itself, pixels shared, or value * 257.
/// Throws Error for another depth.
cv::Mat to_16_bit(const cv::Mat& image);

/// A 16-bit image with what was drawn on its 8-bit version: the difference of `drawn` to `before`
/// is added, so that pixels that were not drawn on keep all 16 bits. Throws Error if sizes or
/// depths differ.
cv::Mat with_drawing(const cv::Mat& deep, const cv::Mat& before, const cv::Mat& drawn);

}  // namespace cameo
