// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pipeline/face/descriptor.h"
#include "pipeline/face/detector.h"
#include "pipeline/face/geometry.h"
#include "pipeline/face/landmarks.h"
#include "pipeline/face/models.h"

namespace cameo {

/// Euclidean distance; below about 0.6 it is probably the same person.
double distance(const Descriptor& a, const Descriptor& b);

/// Mean of the distances from `face` to `others`, of which there must be one.
double mean_distance(const Descriptor& face, std::span<const Descriptor> others);

/// Embeds faces by dlib's ResNet. One object a thread.
class Describer {
 public:
  /// Throws Error (ErrorCode::Input) if kDescriptorNet is missing, saying what needs it.
  explicit Describer(const ModelFolders& folders = {});
  ~Describer();
  Describer(Describer&&) noexcept;
  Describer& operator=(Describer&&) noexcept;
  Describer(const Describer&) = delete;
  Describer& operator=(const Describer&) = delete;

  /// frame: 8-bit BGR in which the landmarks, 68 of them, were found. The face is cut out of it,
  /// 150 pixels, rotated upright by its landmarks, as RGB.
  Descriptor describe(const cv::Mat& frame, const Landmarks& landmarks);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Options of the identity filter.
struct FilterOptions {
  std::vector<std::filesystem::path> wanted;    ///< reference images, or folders of them
  std::vector<std::filesystem::path> unwanted;  ///< those of people to leave out
  double threshold = 0.6;                       ///< largest mean distance to the wanted ones
  double margin = 0;  ///< how much less it must be than that to the unwanted ones
  bool any() const { return !wanted.empty() || !unwanted.empty(); }
};

/// Descriptors of the reference images.
struct References {
  std::vector<Descriptor> wanted;
  std::vector<Descriptor> unwanted;
};

struct Verdict {
  bool keep = false;
  double distance = 0;  ///< mean to the wanted references; to the unwanted ones if alone
  double slack = 0;     ///< how far distance and margin are from where the verdict turns
};

/// The filter's rule: the mean distance to the wanted ones is at most the threshold, mean and least
/// distance to them are less than those to the unwanted ones, the mean by the margin at least, and
/// of the k nearest references at least half are wanted, k = min(5, min(#wanted, #unwanted) + 1).
/// With unwanted references alone: kept if the mean distance to them is above the threshold.
/// Source: faceswap of March 2018, lib/FaceFilter.py.
Verdict judge(const Descriptor& face, const References& references, double threshold,
              double margin = 0);

/// Descriptors of the faces on reference images.
struct ReadReferences {
  References references;
  std::vector<std::string> warnings;  ///< images without a face (left out), or with several
};

/// The models that read_references uses; all outlive the call.
struct ReferenceTools {
  Detector& detector;
  const LandmarkPredictor& landmarks;
  Describer& describer;
};

/// Of an image with several faces the largest counts.
/// Throws Error: ErrorCode::Input for an image that cannot be read or a folder without any,
/// ErrorCode::NoFace if a list was given and none of its images holds a face.
ReadReferences read_references(const FilterOptions& options, const ReferenceTools& tools);

}  // namespace cameo
