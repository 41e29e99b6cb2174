// SPDX-License-Identifier: MIT
#pragma once
#include <opencv2/core.hpp>

namespace cameo {

/// Size of a frame's gain map: its proportions, about 256 x 256 pixels.
cv::Size gain_size(cv::Size frame);

/// Watermark's strength where a frame has no detail, 8-bit levels (RMS): about the just noticeable
/// difference of noise of so many frequencies in a grey area.
inline constexpr float kFlatGain = 0.42F;
/// The same for frames of a video: lossy codecs leave too little of kFlatGain to be read.
inline constexpr float kVideoFlatGain = 0.6F;
/// Watermark's greatest strength, 8-bit levels (RMS).
inline constexpr float kMostGain = 3.9F;

/// Perceptual (contrast) masking: strength of the watermark that a frame hides, 8-bit levels (RMS).
/// From `flat` to kMostGain it grows with the least local contrast around, in the watermark's
/// band, to the power of 0.6; noise of up to 3 levels a pixel counts as flat. frame: CV_8UC3 or
/// CV_16UC3, BGR. Returns CV_32FC1 of gain_size().
cv::Mat perceptual_gain(const cv::Mat& frame, float flat = kFlatGain);

}  // namespace cameo
