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
  /// Pixels of the original faces between two pixels here: 2 for faces of every second pixel.
  int stride = 1;
};

/// Weights of a face's parts in a loss; 1 everywhere by default.
struct MaskWeights {
  float outside = 1;  ///< of the mask
  float eyes = 1, mouth = 1;
  bool operator==(const MaskWeights&) const = default;
};

/// Strength of the augmentation; the defaults are those of the faceswap article of 2018.
struct AugmentStrength {
  double placement = 1;  ///< of rotation, scaling and translation
  double warp = 1;       ///< of the warp
  double mirror = 0.4;   ///< share of the images that are mirrored
  double color = 0;      ///< of brightness, contrast and tint
  double transfer = 0;   ///< share of the images that get another face's colors, see ToneTransfer
};

/// Mean and standard deviation of each of a face's colors: blue, green, red in 0..1.
struct Tone {
  float mean[3] = {}, deviation[3] = {};
};

/// What color transfer goes by, all in device memory: a sample gets the means and deviations of one
/// of the other faces, drawn at random; deviations are at most halved or doubled.
struct ToneTransfer {
  const Tone* own = nullptr;  ///< [owned]; nullptr: no transfer
  int owned = 0;
  const std::int32_t* faces = nullptr;  ///< [N], each sample's tone in `own`
  const Tone* other = nullptr;          ///< [others]
  int others = 0;
};

/// Key of a batch's random numbers, and their strength: the same key yields the same images on
/// every machine.
struct AugmentKey {
  std::uint64_t seed = 0;
  std::uint64_t iteration = 0;
  std::uint32_t first_sample = 0;  ///< index of the batch's first sample; sides must not overlap
  AugmentStrength strength{};
  ToneTransfer tones{};
  /// In device memory, added to `iteration`, so that each replay of recorded work makes other
  /// images; nullptr: nothing is added.
  const std::uint64_t* counter = nullptr;
};

/// Augmentation: N training pairs, each a face rotated, scaled, translated, mirrored, changed in
/// color and warped at random (input), and the same without the warp (target). indices: [N] in
/// device memory, the face of each sample. input, target: [N,S,S,3] float32, BGR, 0..1; on a GPU
/// bfloat16, too. Formulas, ranges and how they scale with S and the faces' side: augment_math.h.
/// Throws Error if the shapes differ or are not square, or an index is out of range; on a GPU,
/// whose list the host does not see, the images of such a face are NaN.
void augment(Cpu& on, const FaceBlock& faces, const std::int32_t* indices, const AugmentKey& key,
             View input, View target);
void augment(Cuda& on, const FaceBlock& faces, const std::int32_t* indices, const AugmentKey& key,
             View input, View target);

/// The masks of such a batch, placed and mirrored as the targets that augment() makes by the same
/// key. masks: a block as of faces whose channels are face, eyes and mouth, each 0..255, the latter
/// two no more than the first; an image of 0, 255, 255 says that a face's mask is not known. Either
/// view may be empty. mask: [N,S,S,1] float32, 0..1, or -1 where it is not known. weights:
/// [N,S,S,1] float32, what each pixel's loss is to be multiplied with: `outside` to 1 from the
/// mask's outside to its edge, where the first channel is 1/2, more in eyes and mouth; 1 where the
/// mask is not known. Throws Error as augment does.
void augment_masks(Cpu& on, const FaceBlock& masks, const std::int32_t* indices,
                   const AugmentKey& key, const MaskWeights& parts, View mask, View weights);
void augment_masks(Cuda& on, const FaceBlock& masks, const std::int32_t* indices,
                   const AugmentKey& key, const MaskWeights& parts, View mask, View weights);

/// Faces without augmentation, on the grid of the targets: with a coverage of 160 / 256, pixel k of
/// S = 64 reads 48 + 2.5 k of 256. out: [N,S,S,3] float32, BGR, 0..1. Throws Error as augment does.
void read_faces(Cpu& on, const FaceBlock& faces, const std::int32_t* indices, View out);
void read_faces(Cuda& on, const FaceBlock& faces, const std::int32_t* indices, View out);

}  // namespace cameo::kernels
