// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "model/infer/swapper.h"
#include "pipeline/compose/converter.h"
#include "pipeline/compose/face_square.h"
#include "pipeline/face/faces_file.h"

namespace cameo {

/// The faces a person was trained from, with the pose of each.
class TrainingFaces {
 public:
  /// found: what extraction wrote for the person's footage; faces without a crop are left out.
  /// folder: where the aligned crops lie. Throws Error (ErrorCode::Input) if no crop is there.
  TrainingFaces(const FacesFile& found, std::filesystem::path folder);

  std::size_t size() const { return faces_.size(); }
  /// Face number `index` as it was extracted, 8-bit BGR, 256 x 256. Throws Error
  /// (ErrorCode::Input).
  cv::Mat read(std::size_t index) const;
  /// Its landmarks in pixels of that image.
  Landmarks landmarks(std::size_t index) const;
  /// The face whose aligned landmarks lie nearest to those of `landmarks` (a frame's pixels).
  std::size_t nearest(const Landmarks& landmarks) const;

 private:
  struct Entry {
    std::string crop;
    Landmarks aligned;  ///< pixels of the 256-pixel face
  };
  std::filesystem::path folder_;
  std::vector<Entry> faces_;
};

/// What a face swap without any learning gives: the training face of the nearest pose is laid over
/// each face of the frame, as drawn faces are. frame: 8-bit BGR, changed in place.
void paste_nearest(cv::Mat& frame, std::span<const Face> faces, const TrainingFaces& training,
                   const ComposeOptions& options = {}, int coverage = kFaceCoverage);

}  // namespace cameo
