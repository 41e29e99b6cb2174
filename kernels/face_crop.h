// SPDX-License-Identifier: MIT
#pragma once

namespace cameo {

// Geometry of an extracted face: the mean face's unit square in the middle of an image. A network
// sees the middle `coverage` pixels of a face of kFaceSide; faces of other sizes are scaled.
inline constexpr int kFaceSide = 256;    ///< usual side, pixels
inline constexpr int kFacePadding = 48;  ///< pixels around the unit square
inline constexpr int kFaceCoverage = kFaceSide - 2 * kFacePadding;  ///< the unit square: 160
inline constexpr double kFaceShare = 1.0 * kFaceCoverage / kFaceSide;

}  // namespace cameo
