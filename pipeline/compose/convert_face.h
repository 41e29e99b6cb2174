// SPDX-License-Identifier: MIT
#pragma once
#include <span>
#include <vector>

#include <opencv2/core.hpp>

#include "model/infer/swapper.h"
#include "pipeline/compose/color.h"
#include "pipeline/compose/mask.h"
#include "pipeline/face/crop.h"
#include "pipeline/face/faces_file.h"

namespace cameo {

/// Side of the middle of a 256-pixel face: the article's network reads and draws just this.
inline constexpr int kMiddleSize = kCropSize - 2 * kCropPadding;

/// The part of a 256-pixel face that a network sees.
struct FaceSquare {
  int side = 64;               ///< samples along an edge
  int coverage = kMiddleSize;  ///< pixels along an edge, around the face's middle
  double step() const { return static_cast<double>(coverage) / side; }
  double first() const { return (kCropSize - coverage) / 2.0; }
};

/// Frame pixels -> the samples that the network draws: sample k lies at first + step * k.
Transform to_samples(const Landmarks& landmarks, const FaceSquare& square);

/// How close a conversion keeps to the article's program.
enum class Manner {
  Ours,      ///< as the network was trained; numbers are rounded
  Faithful,  ///< as the old program did: numbers are cut off, each face is read after the last one
};

/// The ways to put faces back that were trained in align mode.
struct MaskedOptions {
  MaskOptions mask;
  ColorMatch color = ColorMatch::Average;
  bool seamless = false;  ///< fit gradients instead of weighting
  Manner manner = Manner::Ours;
};

/// The ways to put faces back that were trained in crop mode.
struct AdjustOptions {
  ColorMatch color = ColorMatch::Average;
  bool smooth_mask = true;  ///< fade towards the edge of the square
  Manner manner = Manner::Ours;
};

/// Draws faces anew by their landmarks: aligned, through the network, laid back under a mask.
/// frame: 8-bit BGR, changed in place, only where the faces' masks are. Returns how many faces were
/// drawn; one that lies wholly outside the frame is not.
/// Ours: the network reads the face as training samples were cut (sample k at first + step *
/// (k + 0.5) of the 256-pixel aligned face) and draws sample k at first + step * k: training
/// teaches it that half a sample. Faithful: it reads where it draws, and no colours are matched.
/// Source: the article's masked converter (faceswap of February 2018).
int convert_masked(cv::Mat& frame, std::span<const Face> faces, Swapper& swapper,
                   const MaskedOptions& options = {});

/// Draws faces anew by the detector's boxes: the middle 160 of the box at 256 x 256.
/// frame: 8-bit BGR, changed in place. Ours leaves the box's rim as it is; Faithful writes the
/// whole box after its way through 256 x 256. Returns how many faces were drawn. Source: the
/// article's adjust converter (faceswap of February 2018).
int convert_adjust(cv::Mat& frame, std::span<const Face> faces, Swapper& swapper,
                   const AdjustOptions& options = {});

/// What the network makes of `squares` (CV_32FC3, size() x size(), BGR in 0..255), in their order
/// and form, clipped to 0..255; as many at a time as the swapper takes.
std::vector<cv::Mat> draw_faces(Swapper& swapper, std::span<const cv::Mat> squares);

/// The samples of a 256-pixel face, pixel k at first + step * (k + shift); bilinear.
/// shift: 0.5 where training samples of the input lie, 0 where their targets do.
/// Returns CV_32FC3 in 0..255.
cv::Mat sample_face(const cv::Mat& face, const FaceSquare& square, double shift);

/// The middle of a 256-pixel face, `side` pixels along an edge; shares its pixels.
cv::Mat middle_of(const cv::Mat& face, int side);

/// Bilinear, with half-pixel centres.
cv::Mat resized(const cv::Mat& image, cv::Size size);

/// Cuts the fractions off a CV_32FC3 image, as a cast to bytes does; for values >= 0.
void floor_in_place(cv::Mat& image);

}  // namespace cameo
