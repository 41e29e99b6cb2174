// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

#include "kernels/augment_strength.h"
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

/// Names the random numbers of a batch and what they may do: the same key draws the same images
/// on every machine.
struct AugmentKey {
  std::uint64_t seed = 0;
  std::uint64_t iteration = 0;
  std::uint32_t first_sample = 0;  ///< number of the batch's first sample; sides must not overlap
  AugmentStrength strength{};
  /// In device memory, added to `iteration`, so that recorded work draws other images each time;
  /// nullptr: nothing is added.
  const std::uint64_t* counter = nullptr;
};

/// Training images: N faces, each turned, scaled, shifted, mirrored and bent at random (input),
/// and the same faces without the bending (target). chosen: [N] in device memory, which face each
/// sample shows. input, target: [N,S,S,3] float32, BGR, 0..1. Formulas, ranges and how they scale
/// with S and the faces' side: augment_math.h. Throws Error if the shapes differ or are not square,
/// or a chosen face is not there; on a GPU, whose list the host does not see, the images of such
/// a face are NaN. GPUs write bfloat16, too.
void augment(Cpu& on, const FaceBlock& faces, const std::int32_t* chosen, const AugmentKey& key,
             View input, View target);
void augment(Cuda& on, const FaceBlock& faces, const std::int32_t* chosen, const AugmentKey& key,
             View input, View target);

/// The same faces as they are, on the grid of the targets: with a coverage of 160 / 256, pixel k of
/// S = 64 reads 48 + 2.5 k of 256. out: [N,S,S,3] float32, BGR, 0..1. Throws Error as augment does.
void read_faces(Cpu& on, const FaceBlock& faces, const std::int32_t* chosen, View out);
void read_faces(Cuda& on, const FaceBlock& faces, const std::int32_t* chosen, View out);

}  // namespace cameo::kernels
