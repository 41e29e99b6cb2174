// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <vector>

#include "pipeline/compose/face_square.h"
#include "pipeline/face/faces_file.h"
#include "pipeline/face/landmarks.h"
#include "pipeline/measure/blotches.h"
#include "pipeline/measure/clip.h"
#include "pipeline/measure/frame_measures.h"

namespace cameo {

/// Not 0 inside the landmarks' hull of the faces, as far as the network's square goes: CV_8UC1 of
/// that size. coverage: Swapper::coverage().
cv::Mat drawn_region(cv::Size size, const std::vector<Face>& faces, int coverage);

/// Takes the FrameMeasures of frames that come in their order, as of one clip.
class FrameGauge {
 public:
  struct Options {
    const LandmarkPredictor* landmarks = nullptr;  ///< null: no pose, expression, jitter
    const FaceColors* colors = nullptr;            ///< null: no blotches
    int coverage = kFaceCoverage;
  };
  explicit FrameGauge(const Options& options) : options_(options) {}

  /// Measures of a frame. reference: whose sharpness is 1. faces: the original's, largest first.
  /// What only this frame tells of the one before goes into `before`, unless that is null.
  FrameMeasures measure(const std::string& name, const SwappedFrame& frame,
                        const cv::Mat& reference, const std::vector<Face>& faces,
                        FrameMeasures* before);

 private:
  Options options_;
  Clip clip_;
};

}  // namespace cameo
