// SPDX-License-Identifier: MIT
#pragma once
#include <opencv2/core.hpp>

namespace cameo {

/// Luma of a frame (8- or 16-bit BGR) scaled to an area of kMarkScale squared: CV_32FC1, 8-bit
/// levels. Throws Error: ErrorCode::Input for a frame that is too small to be marked
/// (can_be_marked), ErrorCode::Usage for another type.
cv::Mat mark_luma(const cv::Mat& frame);

/// What of such a luma may be watermark: three band passes, each divided by its local deviation to
/// the power of 1.5, so that smooth parts, where the watermark stands out, count more than busy
/// ones; CV_32FC1.
cv::Mat luma_residual(const cv::Mat& luma);

/// Both in a row: what a detector sees of a frame. Throws as mark_luma does.
cv::Mat mark_residual(const cv::Mat& frame);

}  // namespace cameo
