// SPDX-License-Identifier: MIT
#pragma once
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "pipeline/face/crop.h"
#include "pipeline/face/geometry.h"

namespace cameo {

/// The part of a 256-pixel face that a network sees.
struct FaceSquare {
  int side = 64;                 ///< samples along an edge
  int coverage = kFaceCoverage;  ///< pixels along an edge, around the face's middle
  double step() const { return static_cast<double>(coverage) / side; }
  double first() const { return (kFaceSide - coverage) / 2.0; }
};

/// A network's square as it lies over a face of a frame.
struct PlacedSquare {
  Transform unit;       ///< frame pixels -> the unit square of the mean face
  Transform to_square;  ///< frame pixels -> samples: sample k lies at first + step * k of the face
  int side = 0;         ///< samples along an edge
};

/// The square over a face with these 68 landmarks. pixel_aspect: width of the frame's pixels to
/// their height. Throws Error as align_unit does.
PlacedSquare place_square(const Landmarks& landmarks, const FaceSquare& square,
                          double pixel_aspect = 1);

/// The samples of a face, sample k at first + step * (k + shift) of its 256 pixels.
/// face: square, 8 or 16 bits a channel; one of another size is read as if it had 256 pixels.
/// shift: 0.5 where training samples of the input lie, 0 where their targets do.
/// interpolation: cv::INTER_LINEAR or INTER_CUBIC. Returns CV_32FC3 in 0..255.
cv::Mat sample_face(const cv::Mat& face, const FaceSquare& square, double shift,
                    int interpolation = cv::INTER_LINEAR);

/// The middle of a 256-pixel face, `side` pixels along an edge; shares its pixels.
cv::Mat middle_of(const cv::Mat& face, int side);

/// Weights over a square of `side` pixels: `inside` from pixel `first` up to `end`, 0 around that,
/// blurred over 15 pixels. type: CV_32FC1 or CV_8UC1.
cv::Mat soft_square(int side, int first, int end, double inside, int type);

}  // namespace cameo
