// SPDX-License-Identifier: MIT
#pragma once
#include "pipeline/compose/convert_face.h"

namespace cameo {

/// convert_masked as the article's program did it, number by number: the frame as a whole is
/// warped, places are rounded to a 32nd of a pixel, drawn numbers are cut off to whole ones. The
/// frame stays in floating point after the first face, which the next one is read from without
/// rounding, and is rounded once in the end. Which frame and faces, and what is returned: see
/// convert_masked.
int convert_masked_reference(cv::Mat& frame, std::span<const Face> faces, Swapper& swapper,
                             const MaskedOptions& options);

/// convert_adjust shared_init: everything in whole numbers, and the whole box goes through 256 x
/// 256 and back.
int convert_adjust_reference(cv::Mat& frame, std::span<const Face> faces, Swapper& swapper,
                             const AdjustOptions& options);

}  // namespace cameo
