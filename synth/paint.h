// SPDX-License-Identifier: MIT
#pragma once
#include "synth/head.h"
#include "synth/sdf.h"

namespace cameo::synth {

enum class Stuff { Nothing, Skin, Mouth, Eye, Teeth, Hair, Cloth };

/// What light meets at a point of the surface.
struct Surface {
  Stuff stuff = Stuff::Nothing;
  bool face = false;  ///< the front of the face: no hair, ears or neck
  Vec3 albedo{0, 0, 0};
  float specular = 0.1F;
  int shine = 4;         ///< the highlight's exponent is 2 to this power
  float softness = 0;    ///< 1: light seeps through as in skin
  Vec3 strand{0, 0, 0};  ///< direction of the hairs, or 0
  float bump = 0;        ///< height of the relief of pores and hairs
};

/// The part of the head that is at point p (head space) and its colours; `i` is the lane of
/// `parts`.
Surface paint(const Head& head, const Parts& parts, int i, Vec3 p, Vec3 normal);

}  // namespace cameo::synth
