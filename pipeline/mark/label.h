// SPDX-License-Identifier: MIT
#pragma once
#include <string>

#include <opencv2/core.hpp>

namespace cameo {

/// Throws Error (ErrorCode::Usage) unless the text is of printable ASCII characters, 1 to 60 of
/// them, as OpenCV's fonts have no others.
void check_label(const std::string& text);

/// Draws a visible label into the lower right corner of a frame (8- or 16-bit BGR): white text on
/// a darkened box, its height about a thirtieth of the frame's shorter side and at least 8 pixels,
/// smaller where the frame is too narrow for it. Throws Error as check_label does.
void draw_label(cv::Mat& frame, const std::string& text);

}  // namespace cameo
