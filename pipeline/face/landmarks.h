// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <memory>

#include "pipeline/face/geometry.h"
#include "pipeline/face/models.h"

namespace cameo {

/// Predicts the landmarks of a face whose box is known. Threads may share one object.
class LandmarkPredictor {
 public:
  LandmarkPredictor() = default;
  LandmarkPredictor(const LandmarkPredictor&) = delete;
  LandmarkPredictor& operator=(const LandmarkPredictor&) = delete;
  virtual ~LandmarkPredictor() = default;

  /// Number of points of each face, which names their scheme (kIbug68).
  virtual std::size_t points() const = 0;
  /// frame: 8-bit BGR. box: the detector's, not empty. Points may lie outside of the frame.
  virtual Landmarks predict(const cv::Mat& frame, const cv::Rect& box) const = 0;
};

/// dlib's regression trees for the 68 points of iBUG 300-W. Throws Error: ErrorCode::Input if
/// kLandmarks68 is missing, ErrorCode::Format if it does not hold 68 points.
/// Source: Kazemi and Sullivan 2014, doi:10.1109/CVPR.2014.241.
std::unique_ptr<LandmarkPredictor> landmarks_ibug68(const ModelFolders& folders = {});

}  // namespace cameo
