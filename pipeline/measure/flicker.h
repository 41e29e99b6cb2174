// SPDX-License-Identifier: MIT
#pragma once
#include <optional>

#include <opencv2/core.hpp>

namespace cameo {

/// A frame before and after its swap: 8-bit BGR; mask: CV_8UC1, not 0 in the region.
struct SwappedFrame {
  cv::Mat swap, original, mask;
};

/// Flicker from one frame to the next: the mean absolute change of (swap - original), in 8-bit
/// levels, along the motion of the original, where the masks of both hold. The footage's own noise
/// and light take part in both and cancel; a face that moves and is drawn alike does not flicker.
/// 0 for a difference that stays. Nothing if the masks do not meet. The motion is dense optical
/// flow between the originals (Kroeger et al. 2016, DIS). Throws Error if the sizes differ.
std::optional<double> flicker(const SwappedFrame& before, const SwappedFrame& after);

}  // namespace cameo
