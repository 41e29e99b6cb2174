// SPDX-License-Identifier: MIT
#pragma once
#include <memory>
#include <vector>

#include <opencv2/core.hpp>

#include "pipeline/face/models.h"

namespace cameo {

enum class DetectorKind {
  Hog,  ///< dlib's five HOG filters: faces from 80 pixels, frontal to half profile, fast
  Cnn,  ///< dlib's mmod network: more poses, far slower on a CPU; needs kCnnDetector
};

struct DetectorOptions {
  DetectorKind kind = DetectorKind::Hog;
  int upsample = 0;        ///< times the frame is doubled: finds faces of 80 / 2^upsample pixels
  int max_side = 1280;     ///< frames are shrunk so that the longest side is at most this, before
                           ///< doubling: the bound on time and memory; 0 for none
  int min_size = 0;        ///< faces whose box has a shorter side than this are left out
  double threshold = 0;    ///< least score; below 0 more faces, and more that are none
  bool exchanged = false;  ///< look at frames with blue and red exchanged, as the article's program
};

/// A face's place in the frame.
struct Detection {
  cv::Rect box;      ///< clipped to the frame
  double score = 0;  ///< larger is surer; not comparable between kinds
};

/// Finds faces. One object a thread: looking changes its inner buffers.
class Detector {
 public:
  /// Throws Error (ErrorCode::Input) if the kind's model file is missing, ErrorCode::Usage for
  /// options out of range.
  explicit Detector(const DetectorOptions& options = {}, const ModelFolders& folders = {});
  ~Detector();
  Detector(Detector&&) noexcept;
  Detector& operator=(Detector&&) noexcept;
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

  /// The faces of an 8-bit BGR frame, the largest box first; equal ones by score, then from the
  /// left. The same frame gives the same faces.
  std::vector<Detection> find(const cv::Mat& frame);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cameo
