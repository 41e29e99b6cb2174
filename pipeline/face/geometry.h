// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

#include <opencv2/core.hpp>

namespace cameo {

/// The landmarks of one face in pixels of the frame, x to the right, y down, pixel centres at
/// integers. How many there are says which scheme they follow; none: they are not known.
using Landmarks = std::vector<cv::Point2f>;

/// Points of the iBUG 300-W scheme: 0..16 jaw, 17..26 brows, 27..35 nose, 36..47 eyes, 48..67
/// mouth. Alignment, masks and identity go by these.
inline constexpr std::size_t kIbug68 = 68;

/// Throws Error (ErrorCode::Format) unless `landmarks` are the 68 points of iBUG 300-W, which
/// `user`, named in the message, needs.
void check_ibug68(std::string_view user, const Landmarks& landmarks);

/// A 2x3 affine map, row-major: to = M * (x, y, 1).
using Transform = cv::Matx23d;

}  // namespace cameo
