// SPDX-License-Identifier: MIT
#pragma once
#include "pipeline/face/geometry.h"

namespace cameo {

/// Jitter of a face over three frames that follow each other: the mean length of its landmarks'
/// second differences, in pixels/frame^2. 0 for steady motion; trembling and acceleration raise it,
/// so a swap's is read beside the original's. Throws Error if the counts differ or are 0.
double jitter(const Landmarks& before, const Landmarks& at, const Landmarks& after);

}  // namespace cameo
