// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace cameo {

/// Detector of a training that has diverged: Adam took too large a step, the images are one colour,
/// and the loss stays high but finite. Losses are smoothed over 20 to 50 iterations, so that one
/// batch of hard images is no divergence.
class DivergenceDetector {
 public:
  /// What training starts from: initial weights, whose first losses every later one should beat, or
  /// trained ones, whose losses may rise for a while when the optimiser begins anew.
  enum class Start : std::uint8_t { Initial, Trained };

  /// `max_rise`: how many times its minimum a smoothed loss may be; 0: anything goes.
  explicit DivergenceDetector(double max_rise, Start start = Start::Initial)
      : max_rise_(max_rise), start_(start) {}

  /// Whether training has diverged by this iteration, whose loss this is: the loss smoothed over 50
  /// iterations is more than max_rise times its minimum, or for 40 iterations it has been high
  /// above the first losses (1.5 times with initial weights, max_rise times with trained ones)
  /// without falling.
  bool diverged(std::int64_t iteration, double loss);

  double minimum() const { return minimum_; }  ///< of the smoothed losses
  double smoothed() const;                     ///< the loss, over the last 50 iterations or so
  /// The last iteration at which nothing was wrong.
  std::int64_t sound_until() const { return sound_until_; }

 private:
  static constexpr std::size_t kWindow = 20;

  double first_losses() const;
  bool stays_high() const;

  double max_rise_;
  Start start_;
  double sum_ = 0, weight_ = 0;  ///< of losses, later ones count more
  double minimum_ = 0;
  double first_ = 0, first_sum_ = 0;
  std::array<double, 2 * kWindow> recent_{};  ///< the last losses, a ring
  std::int64_t count_ = 0, sound_until_ = 0;
};

}  // namespace cameo
