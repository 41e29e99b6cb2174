// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <optional>

#include <opencv2/core.hpp>

#include "pipeline/mark/carriers.h"

namespace cameo {

/// Strengths of a codeword's bits for one picture (informed embedding: Miller, Doërr, Cox, 2004):
/// bits that what the picture shows bears already give of their power to those that it drowns.
/// Mean square 1; a few bits that would cost most may get nothing, which the code corrects.
/// luma: of the unmarked picture (mark_luma). gain: strength of the watermark by place, levels
/// (RMS), CV_32FC1 of any size. Nothing if all bits can be read well with equal strengths.
std::optional<BitStrengths> informed_strengths(const cv::Mat& luma, const cv::Mat& gain,
                                               const Carriers& carriers, const BchWord& word);

}  // namespace cameo
