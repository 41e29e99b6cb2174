// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "base/philox.h"
#include "model/data/face_landmarks.h"
#include "model/data/face_set.h"

namespace cameo {

/// Yaw of a face in degrees, -90 to 90, positive towards the right of its image: from the nose's
/// tip and the outer corners of the eyes, under parallel projection. Good for telling poses apart;
/// pipeline/face/pose.h fits more landmarks.
double face_yaw(const FaceLandmarks& landmarks);

/// Yaws of faces from the landmarks in their files, on all threads; empty where a file holds none.
std::vector<std::optional<double>> load_yaws(const FaceSet& faces);

/// Draws faces with uniform yaw: every range of kDegrees that any face lies in is equally likely,
/// and so is every face in it. No range comes more than kMostOften times as often as it has faces,
/// so that a wrong landmark or two do not fill a training.
class UniformYaw {
 public:
  static constexpr int kDegrees = 5;
  static constexpr double kMostOften = 8;

  /// Yaws in degrees by the numbers of faces; a face without is never drawn.
  explicit UniformYaw(const std::vector<std::optional<double>>& yaws);

  /// Whether a face's yaw is known.
  bool knows(std::int32_t face) const { return known_[static_cast<std::size_t>(face)]; }
  /// A face by the first two of four random words. At least one must be known.
  std::int32_t draw(const Philox4& words) const;

 private:
  std::vector<bool> known_;
  std::vector<std::vector<std::int32_t>> ranges_;  ///< faces of each, none empty
  std::vector<double> ends_;                       ///< running sums of their probabilities
};

}  // namespace cameo
