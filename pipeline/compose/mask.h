// SPDX-License-Identifier: MIT
#pragma once
#include <opencv2/core.hpp>

#include "pipeline/compose/face_square.h"
#include "pipeline/compose/mask_kind.h"

namespace cameo {

/// Options of a mask. The defaults are ours, article_mask() gives the article's.
/// Ours fade inwards from the edge, over a width that grows with the face, because a blur of two
/// pixels shows the square's edge on any face larger than the network's image of it. Above the
/// brows the hull ends in an arch as high as the square shows of the forehead: a straight edge, or
/// corners at the temples, would show on skin of another colour and on hair. A square that ends at
/// the brows leaves no room for that; then the hull rises just above them, and the fade takes the
/// brows' upper edge in, for a narrower one shows as a line across the forehead.
struct MaskOptions {
  MaskKind kind = MaskKind::FaceHullAndRect;
  int erosion = 0;  ///< side of the ellipse that shrinks the mask, pixels; negative grows it
  int blur = 0;     ///< side of the box blur after that, pixels; 0 or 1: none
  /// Width of the inward fade, in sides of the aligned square; 0: none, kAutoFeather: by the kind.
  double feather = 0.08;
  double far_side = 1;  ///< strength of fade_far_side(), 0..1; not of make_mask() itself
  /// Weights for all of the frame as the article's program had them: doubles, which the warp lets
  /// miss 0 and 1 a little. A feather over it, which that program had not, knows no arch.
  bool whole_frame = false;
};

/// Feather for chosen_mask() to choose.
inline constexpr double kAutoFeather = -1;

/// The mask for a network: of kind Auto and kAutoFeather what suits it best. Where it has learned a
/// mask, that leaves out the hair and background beside the drawn face, so a narrow fade does, and
/// more of the drawn face is seen.
MaskOptions chosen_mask(MaskOptions options, bool learned);

/// Blur of 2 pixels and no feather. Source: the article's converter (faceswap of February 2018).
inline MaskOptions article_mask() {
  return {.blur = 2, .feather = 0, .far_side = 0};
}

/// Alpha mask over the part of a frame where it is not zero.
struct Mask {
  cv::Rect where;  ///< in the frame; empty if the face lies outside it
  cv::Mat weight;  ///< CV_32FC1 in 0..1, of where's size; CV_64FC1 for a whole frame
};

/// The mask of one face by the shapes of its kind; the others' limits are functions of their own:
/// limit_to_learned(), limit_to_unoccluded(), keep_parts(), fade_far_side().
/// frame: the frame's size. placed: the network's square over the face.
/// With feather > 0 the mask has faded to nothing at the square's edge, whatever its kind, erosion
/// and blur: beyond it nothing was drawn, and a mask that reaches there shows the edge.
/// Throws Error: ErrorCode::Usage for a negative blur or a feather outside 0..0.5,
/// ErrorCode::Format for landmarks that are not 68.
Mask make_mask(cv::Size frame, const Landmarks& landmarks, const PlacedSquare& placed,
               const MaskOptions& options = {});

/// Limits a mask to the one that the network rendered: the lesser of both.
/// learned: CV_32FC1 in 0..1, placed.side x placed.side, 1/2 at the face's edge, as training draws
/// them. It counts from there on inwards, since beyond the edge is what surrounds the drawn face,
/// and smoothed by a Gaussian of 1/64 of its side, for networks render edges a little ragged.
/// Erosion and blur are applied to it as well.
void limit_to_learned(Mask& mask, const cv::Mat& learned, const PlacedSquare& placed,
                      const MaskOptions& options);

}  // namespace cameo
