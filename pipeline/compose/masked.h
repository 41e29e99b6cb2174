// SPDX-License-Identifier: MIT
#pragma once
#include <span>
#include <vector>

#include "pipeline/compose/converter.h"
#include "pipeline/compose/face_square.h"

namespace cameo {

// The steps of convert_masked, so that faces of several frames go through the network together, and
// what is before and after it runs on other threads.

/// A face between its frame and the network.
struct MaskedFace {
  PlacedSquare square;
  MaskOptions mask_options;  ///< as chosen_mask() has them
  Mask mask;
  cv::Mat there;        ///< the frame on the square's grid, CV_32FC3
  cv::Mat read;         ///< the network's input for run_swapper, CV_32FC3
  double fineness = 0;  ///< of the frame's face, see fineness(); measured where detail is added
};

/// Aligns the faces of a frame and makes their masks; a face that lies wholly outside it is left
/// out. frame, faces, options: as for convert_masked, without its reference arithmetic. swapper:
/// that will draw them. Throws Error for landmarks that are not the 68 of iBUG.
std::vector<MaskedFace> prepare_masked(const cv::Mat& frame, std::span<const Face> faces,
                                       const Swapper& swapper, const ComposeOptions& options);

/// Adds what the examples lend to a face that run_swapper drew; nothing at an amount of 0.
void add_detail(DrawnFace& drawn, const MaskedFace& face, const DetailExamples& examples,
                const ComposeOptions& options);

/// Puts a face as run_swapper drew it into the frame that it was prepared from. Faces that overlap
/// are put in one after the other.
void put_back_masked(cv::Mat& frame, MaskedFace& face, const DrawnFace& drawn,
                     const ComposeOptions& options);

}  // namespace cameo
