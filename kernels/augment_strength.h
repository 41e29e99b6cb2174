// SPDX-License-Identifier: MIT
#pragma once

namespace cameo::kernels {

/// How far training images stray from the faces; as it stands, as far as the article's.
struct AugmentStrength {
  double placement = 1;  ///< of turning, scaling and shifting
  double warp = 1;       ///< of the bending
  double mirror = 0.4;   ///< share of the images that are mirrored
};

}  // namespace cameo::kernels
