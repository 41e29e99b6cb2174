// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

#include "kernels/augment.h"

namespace cameo::kernels {

struct AugmentDraws;

/// augment() in the arithmetic of the faceswap article's system: the whole rotated image first, and
/// every place that is read rounded to a 32nd of a pixel, as OpenCV's warps did. Slower; on the
/// CPU only. Faces of 256 pixels are what that system had. Throws Error as augment does.
void augment_reference(Cpu& on, const FaceBlock& faces, const std::int32_t* indices,
                       const AugmentKey& key, View input, View target);

/// One sample of augment_reference() with the caller's random numbers. face: index in the block;
/// input, target: [1,S,S,3] float32.
void reference_sample(const FaceBlock& faces, std::int32_t face, const AugmentDraws& draws,
                      View input, View target);

}  // namespace cameo::kernels
