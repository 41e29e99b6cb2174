// SPDX-License-Identifier: MIT
#pragma once
#include <array>

#include <opencv2/core.hpp>

namespace cameo {

/// The 68 points of the iBUG 300-W scheme, in pixels of the frame, x to the right, y down,
/// pixel centres at integers. 0..16 jaw, 17..26 brows, 27..35 nose, 36..47 eyes, 48..67 mouth.
using Landmarks = std::array<cv::Point2f, 68>;

/// A 2x3 affine map, row-major: to = M * (x, y, 1).
using Transform = cv::Matx23d;

}  // namespace cameo
