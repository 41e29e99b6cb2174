// SPDX-License-Identifier: MIT
#pragma once
#include "pipeline/compose/mask.h"

namespace cameo {

/// How much of each pixel of an aligned face lies behind something else, by statistics alone.
/// face: BGR, kOcclusionSide x kOcclusionSide, 8 or 16 bits a channel or float in 0..255.
/// landmarks: the 68, in its pixels. Returns CV_32FC1 in 0..1.
///
/// The skin's colors are learnt from cheeks, nose and forehead of this very face, as ratios of red
/// and blue to green, which shade leaves as they are, with the medians and absolute deviations that
/// an occluder over less than half of them does not move. Pixels of other ratios are occluded,
/// unless they are darker than the skin and so are their mirror images across the nose: beards,
/// brows and glasses are, a microphone or a strand of hair mostly is not. Eyes, brows and mouth are
/// judged by what surrounds them. Thin lines are left out, edges follow the face's own by a guided
/// filter.
///
/// It finds cups, microphones, masks, scarves and hair of another color than the skin. It cannot
/// find what has the skin's color, a hand above all, nor dark things that lie in the middle;
/// colored light on one cheek alone may pass for an occluder. For those, train a mask (`learned`).
cv::Mat occlusion(const cv::Mat& face, const Landmarks& landmarks);

inline constexpr int kOcclusionSide = 128;

/// Limits a mask to what occlusion() leaves of the face. frame: BGR of 8 or 16 bits.
/// Throws Error (ErrorCode::Format) unless the landmarks are the 68 of iBUG.
void limit_to_unoccluded(Mask& mask, const cv::Mat& frame, const Landmarks& landmarks,
                         const PlacedSquare& placed);

}  // namespace cameo
