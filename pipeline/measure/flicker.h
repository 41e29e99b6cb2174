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
/// levels, where the masks of both hold. The footage's own noise and light take part in both and
/// cancel; a difference that moves with the face does not. 0 for a difference that stays. Nothing
/// if the masks do not meet. Throws Error if the sizes differ.
std::optional<double> flicker(const SwappedFrame& before, const SwappedFrame& after);

}  // namespace cameo
