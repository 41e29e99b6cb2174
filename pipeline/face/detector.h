// SPDX-License-Identifier: MIT
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <opencv2/core.hpp>

#include "pipeline/face/models.h"

namespace cameo {

struct DetectorOptions {
  std::string name = "hog";  ///< one of detectors()
  int upsample = 0;          ///< times the frame is doubled: finds faces of 80 / 2^upsample pixels
  int max_side = 1280;       ///< frames are shrunk so that the longest side is at most this, before
                             ///< doubling: the bound on time and memory; 0 for none
  int min_size = 0;          ///< faces whose box has a shorter side than this are left out
  double threshold = 0;      ///< least score; below 0 more faces, and more that are none
  bool swap_channels = false;  ///< look at frames with blue and red swapped, as faceswap of 2018
};

/// A face's place in a frame.
struct Detection {
  cv::Rect box;      ///< clipped to the frame
  double score = 0;  ///< larger is surer; not comparable between detectors
};

/// Finds faces. One object a thread: detection changes its buffers.
/// A detector is one file, detector_NAME.cpp: a subclass with `detect`, and `detector_NAME()`,
/// which says how it is called and made. pipeline/CMakeLists.txt lists the files, and that list is
/// the registry.
class Detector {
 public:
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;
  virtual ~Detector() = default;

  /// The faces of an 8-bit BGR frame, the largest box first; equal ones by score, then from the
  /// left. The same frame gives the same faces.
  std::vector<Detection> find(const cv::Mat& frame);

 protected:
  /// Throws Error (ErrorCode::Usage) for options out of range.
  explicit Detector(const DetectorOptions& options);
  const DetectorOptions& options() const { return options_; }

 private:
  /// Faces that score at least options().threshold, in any order. image: 8-bit BGR, scaled as
  /// the options ask, of any size down to 1 x 1. Boxes are in its pixels and may reach outside.
  virtual std::vector<Detection> detect(const cv::Mat& image) = 0;

  DetectorOptions options_;
};

/// How a detector is called and made.
struct DetectorKind {
  std::string_view name;     ///< as in options and faces files: never changes
  std::string_view summary;  ///< a few words for the options' help
  std::unique_ptr<Detector> (*make)(const DetectorOptions&, const ModelFolders&);
};

/// All detectors of this build.
std::span<const DetectorKind> detectors();

/// The detector that options.name asks for. Throws Error: ErrorCode::Usage for a name that is not
/// there, naming those that are, or options out of range; ErrorCode::Input if its model file is
/// missing.
std::unique_ptr<Detector> make_detector(const DetectorOptions& options = {},
                                        const ModelFolders& folders = {});

}  // namespace cameo
