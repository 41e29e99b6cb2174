// SPDX-License-Identifier: MIT
#pragma once
#include "pipeline/compose/mask.h"

namespace cameo {

/// Takes eyes or mouth out of a mask, as its kind says, so that the frame's own stay: the hull of
/// their landmarks, half again as large for the eyes' lids and a sixth for the lips, with a soft
/// edge of 0.06 sides of the mean face around it.
/// Throws Error (ErrorCode::Format) unless the landmarks are the 68 of iBUG.
void keep_parts(Mask& mask, const Landmarks& landmarks, const PlacedSquare& placed, MaskKind kind);

/// How much the far edge of a face turned by `yaw` degrees fades: 0 up to 25, 1 from 65 on, smooth
/// between. Up to there both cheeks are seen; at 65 the far one is under half as wide as its
/// landmarks' error and what is drawn beyond the nose lies on the background, or on the near cheek.
double far_side_fade(double yaw);

/// Fades the far side of a turned face: by the head's pose the mask thins out from a third of the
/// way between the bridge of the nose and the far contour to that contour, by
/// strength * far_side_fade(). A face that looks at the camera keeps its mask, bit for bit.
/// strength: 0..1. Throws Error as head_pose() does.
void fade_far_side(Mask& mask, const Landmarks& landmarks, const PlacedSquare& placed,
                   double strength);

}  // namespace cameo
