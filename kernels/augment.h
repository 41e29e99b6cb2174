// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

#include "kernels/device.h"
#include "kernels/face_crop.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// Square faces resident in device memory: [count,side,side,3], 8 bits, BGR. Owns nothing.
struct FaceBlock {
  const std::uint8_t* data = nullptr;
  int count = 0;
  int side = 0;
  double coverage = kFaceShare;  ///< the share of the side that images show, around the middle
};

/// Strength of the augmentation; the defaults are those of the faceswap article of 2018.
struct AugmentStrength {
  double placement = 1;  ///< of rotation, scaling and translation
  double warp = 1;       ///< of the warp
  double mirror = 0.4;   ///< share of the images that are mirrored
};

/// Key of a batch's random numbers, and their strength: the same key yields the same images on
/// every machine.
struct AugmentKey {
  std::uint64_t seed = 0;
  std::uint64_t iteration = 0;
  std::uint32_t first_sample = 0;  ///< index of the batch's first sample; sides must not overlap
  AugmentStrength strength{};
  /// In device memory, added to `iteration`, so that each replay of recorded work makes other
  /// images; nullptr: nothing is added.
  const std::uint64_t* counter = nullptr;
};

/// Augmentation: N training pairs, each a face rotated, scaled, translated, mirrored and warped at
/// random (input), and the same without the warp (target). indices: [N] in device memory, the face
/// of each sample. input, target: [N,S,S,3] float32, BGR, 0..1; on a GPU bfloat16, too. Formulas,
/// ranges and how they scale with S and the faces' side: augment_math.h. Throws Error if the shapes
/// differ or are not square, or an index is out of range; on a GPU, whose list the host does not
/// see, the images of such a face are NaN.
void augment(Cpu& on, const FaceBlock& faces, const std::int32_t* indices, const AugmentKey& key,
             View input, View target);
void augment(Cuda& on, const FaceBlock& faces, const std::int32_t* indices, const AugmentKey& key,
             View input, View target);

/// Faces without augmentation, on the grid of the targets: with a coverage of 160 / 256, pixel k of
/// S = 64 reads 48 + 2.5 k of 256. out: [N,S,S,3] float32, BGR, 0..1. Throws Error as augment does.
void read_faces(Cpu& on, const FaceBlock& faces, const std::int32_t* indices, View out);
void read_faces(Cuda& on, const FaceBlock& faces, const std::int32_t* indices, View out);

}  // namespace cameo::kernels
