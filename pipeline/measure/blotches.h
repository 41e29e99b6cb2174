// SPDX-License-Identifier: MIT
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "pipeline/face/geometry.h"

namespace cameo {

/// A face as extraction cuts it out, 8-bit BGR, 256 x 256, with the landmarks in its pixels.
struct AlignedFace {
  cv::Mat image;
  Landmarks landmarks;
};

/// The colours that a person's faces have at each place of the aligned face, and how far they
/// scatter: a Gaussian in CIELAB for each cell of a 16 x 16 grid. Colours count from the median of
/// their face, so that neither light nor a colour transfer makes a blotch.
class FaceColors {
 public:
  /// Learns from training faces, inside their landmarks' hull. Throws Error (ErrorCode::Input) if
  /// there is none, or no hull holds a pixel.
  explicit FaceColors(std::span<const AlignedFace> faces);

  /// Blotches: the share, 0..1, of the region's pixels whose colour lies farther from the training
  /// faces' (Mahalanobis distance in its cell) than 99.9 % of their own pixels do. Such pixels in
  /// more than half of the face are no blotch, but its colour.
  /// frame: 8-bit BGR; landmarks: of the face that was drawn; region: CV_8UC1, not 0 where. Pixels
  /// are those of the aligned face at 128 x 128. Nothing if the region holds none of them.
  std::optional<double> blotches(const cv::Mat& frame, const Landmarks& landmarks,
                                 const cv::Mat& region) const;

 private:
  struct Gaussian {
    cv::Vec3d mean;
    cv::Matx33d inverse;  ///< of the covariance
  };
  double squared_distance(cv::Point at, const cv::Vec3f& color) const;

  std::vector<Gaussian> cells_;
  double limit_ = 0;  ///< squared distance
};

}  // namespace cameo
