// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

namespace cameo {

/// Notices that training has broken down: Adam took too large a step, the images are one colour,
/// and the loss stays high but finite. Losses are smoothed over about 50 iterations, so that one
/// batch of hard images is no breakdown.
class DivergenceDetector {
 public:
  /// `most_rise`: how many times its least a smoothed loss may be; 0: never mind.
  explicit DivergenceDetector(double most_rise) : most_rise_(most_rise) {}

  /// Whether training has broken down by this iteration, whose loss this is.
  bool broken(std::int64_t iteration, double loss);

  double least() const { return least_; }  ///< of the smoothed losses
  double now() const;                      ///< the smoothed loss
  /// The last iteration at which nothing was wrong.
  std::int64_t sound_until() const { return sound_until_; }

 private:
  double most_rise_;
  double sum_ = 0, weight_ = 0;  ///< of losses, later ones count more
  double least_ = 0;
  std::int64_t heard_ = 0, sound_until_ = 0;
};

}  // namespace cameo
