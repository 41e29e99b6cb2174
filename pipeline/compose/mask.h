// SPDX-License-Identifier: MIT
#pragma once
#include <string_view>

#include <opencv2/core.hpp>

#include "pipeline/compose/face_square.h"

namespace cameo {

/// Shape of the mask: the pixels of a frame that a swapped face may change.
enum class MaskKind {
  Rect,             ///< the aligned square, back in the frame
  FaceHull,         ///< the convex hull of the 68 landmarks; the brows are its upper edge
  FaceHullAndRect,  ///< what both cover
  Learned,          ///< the mask that the network renders with the face
  LearnedFaceHull,  ///< what that and the hull both cover
};

/// `rect`, `facehull`, `facehullandrect`, `learned`, `learned-facehull`. Throws Error
/// (ErrorCode::Usage) naming these.
MaskKind mask_kind(std::string_view name);

/// Options of a mask. The defaults are ours, article_mask() gives the article's.
/// Ours fade inwards from the edge, over a width that grows with the face, because a blur of two
/// pixels shows the square's edge on any face larger than the network's image of it. Above the
/// brows the hull ends in an arch as high as the square shows of the forehead: a straight edge, or
/// corners at the temples, would show on skin of another colour and on hair. A square that ends at
/// the brows leaves no room for that; then the hull rises just above them, and the fade takes the
/// brows' upper edge in, for a narrower one shows as a line across the forehead.
struct MaskOptions {
  MaskKind kind = MaskKind::FaceHullAndRect;
  int erosion = 0;        ///< side of the ellipse that shrinks the mask, pixels; negative grows it
  int blur = 0;           ///< side of the box blur after that, pixels; 0 or 1: none
  double feather = 0.08;  ///< width of the inward fade, in sides of the aligned square; 0: none
  /// Weights for all of the frame as the article's program had them: doubles, which the warp lets
  /// miss 0 and 1 a little. A feather over it, which that program had not, knows no arch.
  bool whole_frame = false;
};

/// Blur of 2 pixels and no feather. Source: the article's converter (faceswap of February 2018).
inline MaskOptions article_mask() {
  return {.blur = 2, .feather = 0};
}

/// Alpha mask over the part of a frame where it is not zero.
struct Mask {
  cv::Rect where;  ///< in the frame; empty if the face lies outside it
  cv::Mat weight;  ///< CV_32FC1 in 0..1, of where's size; CV_64FC1 for a whole frame
};

/// Whether a kind needs the network's mask.
inline bool is_learned(MaskKind kind) {
  return kind == MaskKind::Learned || kind == MaskKind::LearnedFaceHull;
}

/// The mask of one face; of a kind that needs the network's mask what surrounds that, see
/// limit_to_learned().
/// frame: the frame's size. placed: the network's square over the face.
/// With feather > 0 the mask has faded to nothing at the square's edge, whatever its kind, erosion
/// and blur: beyond it nothing was drawn, and a mask that reaches there shows the edge.
/// Throws Error: ErrorCode::Usage for a negative blur or a feather outside 0..0.5,
/// ErrorCode::Format for landmarks that are not 68.
Mask make_mask(cv::Size frame, const Landmarks& landmarks, const PlacedSquare& placed,
               const MaskOptions& options = {});

/// Limits a mask to the one that the network rendered: the lesser of both.
/// learned: CV_32FC1 in 0..1, placed.side x placed.side; erosion and blur are applied to it as
/// well.
void limit_to_learned(Mask& mask, const cv::Mat& learned, const PlacedSquare& placed,
                      const MaskOptions& options);

}  // namespace cameo
