// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include <opencv2/core.hpp>

#include "model/infer/swapper.h"
#include "pipeline/compose/color.h"
#include "pipeline/compose/mask.h"
#include "pipeline/face/faces_file.h"

namespace cameo {

class DetailExamples;

/// How decoded faces are put back into a frame.
struct ComposeOptions {
  MaskOptions mask;  ///< masked converter only
  ColorMatch color = ColorMatch::Average;
  double sharpen = 0;  ///< amount for sharpened(); masked converter only
  double detail = 1;   ///< amount of the detail that examples lend, 0..1; masked converter only
  double grain = 0;    ///< amount for with_grain(), 0..1; masked converter only, as the next two
  double blur = 0;     ///< amount for with_blur(), 0..1
  double compression = 0;   ///< amount for with_compression(), 0..1
  std::int64_t frame = 0;   ///< the frame's index, which seeds its grain
  double pixel_aspect = 1;  ///< width of the frame's pixels to their height
  bool seamless = false;    ///< masked converter: Poisson cloning instead of alpha blending
  bool smooth_mask = true;  ///< adjust converter: fade towards the edge of the square
  bool reference = false;   ///< number by number as faceswap of February 2018: reference.h
};

/// Throws Error (ErrorCode::Usage) if the options want a learned mask that the network does not
/// have, or that the reference arithmetic does not know.
void check_mask_options(const Swapper& swapper, const ComposeOptions& options);

/// Replaces faces by their landmarks: aligned, through the network, warped back under a mask.
/// frame: BGR of 8 or 16 bits a channel (reference: 8), changed in place, only where the faces'
/// masks are. Returns how many faces were replaced; one that lies wholly outside the frame is not.
/// Throws Error for landmarks that are not the 68 of iBUG, and for a learned mask
/// (ErrorCode::Usage) where the network has none. The network reads the face as training samples
/// were cut (sample k at first + step * (k + 0.5) of the 256-pixel aligned face) and yields sample
/// k at first + step * k: training teaches it that half a sample. Source: the masked converter of
/// faceswap, February 2018.
/// examples: lend the detail that the network's image lacks; null, or the reference: none do.
int convert_masked(cv::Mat& frame, std::span<const Face> faces, Swapper& swapper,
                   const ComposeOptions& options = {}, const DetailExamples* examples = nullptr);

/// Replaces faces by the detector's boxes: the middle 160 of the box at 256 x 256.
/// frame: as for convert_masked, changed in place; the box's rim stays as it is. Returns how many
/// faces were replaced. Source: the adjust converter of faceswap, February 2018.
int convert_adjust(cv::Mat& frame, std::span<const Face> faces, Swapper& swapper,
                   const ComposeOptions& options = {});

/// What the network renders of a square.
struct DrawnFace {
  cv::Mat image;        ///< CV_32FC3, BGR, clipped to 0..255
  cv::Mat mask;         ///< CV_32FC1 in 0..1; empty where the network has learned none
  cv::Mat detail = {};  ///< CV_32FC3 of a multiple of its side, to be added; empty: none
};

/// The network's output for `squares` (CV_32FC3, size() x size(), BGR in 0..255), in their order;
/// swapper.batch() at a time.
std::vector<DrawnFace> run_swapper(Swapper& swapper, std::span<const cv::Mat> squares);

}  // namespace cameo
