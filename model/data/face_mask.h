// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <vector>

#include "model/data/face_landmarks.h"
#include "model/data/face_set.h"

namespace cameo {

/// Least side of the masks that training uses, in pixels, unless faces are smaller: they are soft.
inline constexpr int kLeastMaskSide = 128;

/// How many pixels of faces of that side lie between two of their masks: the most that divide it
/// and leave kLeastMaskSide; 1 at least.
int mask_stride(int side);

/// Soft masks of a face's parts: [side,side,3] bytes, face, eyes, mouth. The face is the convex
/// hull of the landmarks with the forehead, 1/2 at its edge: brow points are raised by up to 1.8
/// times the distance from eyes to brows, the middle ones the most. Eyes and mouth are the hulls of
/// their landmarks, a little grown, and never more than the face. Pixel k lies where pixel k *
/// stride of the face does, which has side * stride (FaceBlock::stride).
std::vector<std::uint8_t> draw_face_mask(const FaceLandmarks& landmarks, int side, int stride);

/// Masks of faces, and of how many there is none.
struct MaskSet {
  FaceSet set;  ///< as faces: [count,S,S,3] bytes, S = side / mask_stride(side), files those of the
                ///< faces
  int unknown =
      0;  ///< faces whose files hold no landmarks; theirs are 0, 255, 255: augment_masks()
};

/// The masks of these faces from the landmarks in their files, on all threads.
MaskSet load_masks(const FaceSet& faces);

}  // namespace cameo
