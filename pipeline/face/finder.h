// SPDX-License-Identifier: MIT
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/face/detector.h"
#include "pipeline/face/faces_file.h"
#include "pipeline/face/identity.h"
#include "pipeline/face/landmarks.h"
#include "pipeline/media/source.h"

namespace cameo {

/// Distance of a face that the filter of reference mode does not find again; no two faces lie so
/// far apart.
inline constexpr double kNoFaceDistance = 2;

struct FinderOptions {
  DetectorOptions detector;
  FilterOptions filter;
  int max_faces = 0;      ///< of a frame, the largest that pass the filter; 0 for all
  ModelFolders models;    ///< folders to search for model files
  bool describe = false;  ///< embed faces though there is no filter; needs kDescriptorNet
  /// As faceswap of February 2018: blue and red are swapped before the detector looks, and the
  /// filter looks for each face once more inside its own box, where it often finds none: then it is
  /// kept out, at kNoFaceDistance.
  bool reference = false;
};

/// Time spent, in seconds, summed over all workers.
struct FindSeconds {
  double detect = 0;
  double landmarks = 0;
  double filter = 0;
};

/// Detector, landmarks and, where references are given, identity filter: frame -> its faces.
class Finder {
 public:
  /// workers: how many threads may call find at once, each with its own number.
  /// Throws Error if a model file is missing or no reference holds a face.
  explicit Finder(const FinderOptions& options = {}, int workers = 1);

  /// The faces of a readable frame, largest first. worker: 0 .. workers - 1.
  FrameFaces find(const Frame& frame, int worker = 0);

  /// The faces of a picture with square pixels, 8-bit BGR, largest first: boxes, scores and
  /// landmarks, nobody kept out.
  std::vector<Face> detect(const cv::Mat& picture, int worker = 0);
  /// The landmarks of a face whose box, not empty, is known.
  Landmarks predict(const cv::Mat& picture, const cv::Rect& box, int worker = 0);
  /// The embedding of a face with 68 landmarks. Throws Error (ErrorCode::Input) without the model.
  Descriptor describe(const cv::Mat& picture, const Landmarks& landmarks, int worker = 0);
  /// Whether faces are to be embedded: there is a filter, or options asked for it.
  bool describes() const { return options_.filter.any() || options_.describe; }

  const FinderOptions& options() const { return options_; }
  /// Of the wanted and unwanted people; none without a filter.
  const References& references() const { return references_; }
  int workers() const { return static_cast<int>(workers_.size()); }

  /// What was odd about the references: no face, several faces.
  const std::vector<std::string>& warnings() const { return warnings_; }
  FindSeconds seconds() const;

 private:
  struct Worker {
    std::unique_ptr<Detector> detector;
    std::optional<Describer> describer;  // loaded when first needed
    std::unique_ptr<Detector> again;     // for the reference filter
    FindSeconds seconds;
  };

  Worker& worker_at(int worker) { return workers_.at(static_cast<std::size_t>(worker)); }
  Describer& describer_of(Worker& own) const;
  Verdict verdict_on(const cv::Mat& picture, const Face& face, int worker);

  FinderOptions options_;
  std::unique_ptr<LandmarkPredictor> landmarks_;
  std::vector<Worker> workers_;
  References references_;
  std::vector<std::string> warnings_;
};

}  // namespace cameo
