// SPDX-License-Identifier: MIT
#pragma once
#include <optional>
#include <vector>

#include <opencv2/core.hpp>

#include "pipeline/face/faces_file.h"

namespace cameo {

/// Preservation: the share, 0 to 1, of the pixels that no face's square reaches which are the
/// original's, bit for bit. 1 for lossless output; less tells of encoding, a wrong frame or a drawn
/// face where none is known. swap, original: 8-bit BGR of one size. faces: with 68 landmarks.
/// coverage: Swapper::coverage(). Nothing if the squares cover everything.
std::optional<double> preservation(const cv::Mat& swap, const cv::Mat& original,
                                   const std::vector<Face>& faces, int coverage);

}  // namespace cameo
