// SPDX-License-Identifier: MIT
#pragma once
#include "pipeline/compose/converter.h"

namespace cameo {

/// Throws Error (ErrorCode::Usage) for a frame of other than 8 bits a channel: the reference
/// arithmetic is that of bytes.
void check_reference_frame(const cv::Mat& frame);

/// convert_masked number by number as faceswap of February 2018: the whole frame is warped, places
/// are rounded to a 32nd of a pixel, the network's output is truncated to integers, its input is
/// read where it draws, and no colours are matched. The frame stays in floating point after the
/// first face, which the next one is read from without rounding, and is rounded once in the end.
/// Arguments and result: as convert_masked.
int convert_masked_reference(cv::Mat& frame, std::span<const Face> faces, Swapper& swapper,
                             const ComposeOptions& options);

/// convert_adjust number by number as faceswap of February 2018: all in integers, and the whole box
/// goes through 256 x 256 and back.
int convert_adjust_reference(cv::Mat& frame, std::span<const Face> faces, Swapper& swapper,
                             const ComposeOptions& options);

}  // namespace cameo
