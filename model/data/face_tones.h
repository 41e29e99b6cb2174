// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/augment.h"

namespace cameo {

/// Means and standard deviations of the colors of faces, bytes [count,side,side,3], on all threads:
/// of the pixels in the largest circle about the middle that images of that coverage (FaceBlock's)
/// show, which is mostly skin.
std::vector<kernels::Tone> tones_of(std::span<const std::uint8_t> faces, int side, double coverage);

}  // namespace cameo
