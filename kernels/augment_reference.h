// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

#include "kernels/augment.h"

namespace cameo::kernels {

struct AugmentDraws;

/// What augment() makes, in the arithmetic of the article's system: the whole turned image first,
/// and every place that is read rounded to a 32nd of a pixel, as OpenCV's warps did. Slower; on the
/// CPU only. Faces of 256 pixels are what that system had. Throws Error as augment does.
void augment_reference(Cpu& on, const FaceBlock& faces, const std::int32_t* chosen,
                       const AugmentKey& key, View input, View target);

/// One sample of it with random numbers of the caller's. face: its number in the block; input,
/// target: [1,S,S,3] float32.
void reference_sample(const FaceBlock& faces, std::int32_t face, const AugmentDraws& draws,
                      View input, View target);

}  // namespace cameo::kernels
