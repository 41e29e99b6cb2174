// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

#include <opencv2/core.hpp>

#include "pipeline/face/geometry.h"

namespace cameo {

/// Cascade of regression trees that dlib::shape_predictor has written, which predicts the same
/// points bit for bit in less than half the time. The leaves that a face takes lie all over 60 MB:
/// here those of a stage are one block, and are fetched ahead of use. Threads may share one object.
/// Source: Kazemi and Sullivan 2014, doi:10.1109/CVPR.2014.241.
class RegressionTrees {
 public:
  /// Reads a file of dlib's. Throws Error: ErrorCode::Input if it cannot be read, ErrorCode::Format
  /// if it holds something else.
  explicit RegressionTrees(const std::filesystem::path& file);
  ~RegressionTrees();
  RegressionTrees(const RegressionTrees&) = delete;
  RegressionTrees& operator=(const RegressionTrees&) = delete;

  std::size_t points() const;
  /// frame: 8-bit BGR. box: not empty. Whole pixels, which may lie outside of the frame.
  Landmarks predict(const cv::Mat& frame, const cv::Rect& box) const;

 private:
  struct Cascade;
  std::unique_ptr<const Cascade> cascade_;
};

}  // namespace cameo
