// SPDX-License-Identifier: MIT
#pragma once
#include <memory>

#include "pipeline/face/geometry.h"
#include "pipeline/face/models.h"

namespace cameo {

/// The 68 landmarks of a face whose box is known. Threads may share one object.
class Landmarker {
 public:
  /// Throws Error (ErrorCode::Input) if kLandmarks68 is missing.
  explicit Landmarker(const ModelFolders& folders = {});
  ~Landmarker();
  Landmarker(Landmarker&&) noexcept;
  Landmarker& operator=(Landmarker&&) noexcept;
  Landmarker(const Landmarker&) = delete;
  Landmarker& operator=(const Landmarker&) = delete;

  /// frame: 8-bit BGR. box: the detector's. Points may lie outside of the frame.
  Landmarks find(const cv::Mat& frame, const cv::Rect& box) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cameo
