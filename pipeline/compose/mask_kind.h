// SPDX-License-Identifier: MIT
#pragma once
#include <string_view>

namespace cameo {

/// What bounds a mask, the pixels of a frame that a swapped face may change: a set whose least
/// counts at every pixel. Of the shapes all end where the network's square does, but FaceHull alone
/// without a feather.
enum class MaskKind : unsigned {
  Rect = 1,             ///< the aligned square, back in the frame
  FaceHull = 2,         ///< the article's hull of the landmarks; with a feather, as Extended
  FaceHullAndRect = 3,  ///< what both cover
  Hull = 4,             ///< the convex hull of the 68 landmarks; the brows are its upper edge
  Extended = 8,         ///< that with the forehead, as far as the square shows it
  Ellipse = 16,         ///< the ellipse that the extended hull's upright box holds
  Shapes = 31,          ///< all of these bits

  LearnedAlone = 32,     ///< the mask that the network renders with the face
  Learned = 33,          ///< that within the square
  LearnedFaceHull = 35,  ///< what that and the hull both cover

  Occlusion = 64,   ///< without what lies over the face: limit_to_unoccluded()
  KeepEyes = 128,   ///< without the eyes, which stay the frame's own
  KeepMouth = 256,  ///< without the mouth, the same
  /// LearnedFaceHull where the network has learned a mask, else FaceHullAndRect: chosen_mask()
  Auto = 512,
};

constexpr MaskKind operator|(MaskKind a, MaskKind b) {
  return static_cast<MaskKind>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

/// Whether they have a bit in common.
constexpr bool has(MaskKind kind, MaskKind bits) {
  return (static_cast<unsigned>(kind) & static_cast<unsigned>(bits)) != 0;
}

/// Whether a kind needs the network's mask.
constexpr bool is_learned(MaskKind kind) {
  return has(kind, MaskKind::LearnedAlone);
}

/// Names joined by `+`, as in `extended+learned`: `auto`, `rect` (or `square`), `facehull`,
/// `facehullandrect`, `hull`, `extended`, `ellipse`, `learned`, `learned-facehull`, `occlusion`,
/// `keep-eyes`, `keep-mouth`. Without a shape, `learned` bounds the square and the others the
/// default, auto. Throws Error (ErrorCode::Usage) naming these.
MaskKind mask_kind(std::string_view names);

}  // namespace cameo
