// SPDX-License-Identifier: MIT
#pragma once
#include "pipeline/face/faces_file.h"
#include "pipeline/media/source.h"

namespace cameo {

/// A frame as detectors, predictors and describers look at it: 8-bit BGR with square pixels.
struct SquareFrame {
  cv::Mat pixels;     ///< shared with the frame where nothing had to be changed
  cv::Point2d scale;  ///< square pixels to a pixel of the frame, across and down; one of them is 1
};

/// `frame`, which is readable, with its shorter-measured direction enlarged by Frame::pixel_aspect.
/// Throws Error for an aspect outside of 1/8 .. 8.
SquareFrame square_frame(const Frame& frame);

/// Box and landmarks of a face of a SquareFrame in pixels of its frame, of that size, and back.
Face face_in_frame(Face face, const SquareFrame& square, cv::Size frame);
Face face_in_square(Face face, const SquareFrame& square);

}  // namespace cameo
