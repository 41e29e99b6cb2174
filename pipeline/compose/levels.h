// SPDX-License-Identifier: MIT
#pragma once
#include <string_view>

#include <opencv2/core.hpp>

namespace cameo {

/// Steps of one 8-bit level in an image of this depth: 1 for 8 bits and float, 257 for 16 bits.
double steps_of_level(int depth);

/// `image` (8 or 16 bits a channel, or float) as CV_32F in 8-bit levels, 0..255 with fractions:
/// what faces are composed in, whatever the frame's depth.
cv::Mat in_levels(const cv::Mat& image);

/// Throws Error unless `frame` is BGR of 8 or 16 bits a channel; `user` is named in the message.
void check_frame(std::string_view user, const cv::Mat& frame);

}  // namespace cameo
