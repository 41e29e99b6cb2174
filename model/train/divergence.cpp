// SPDX-License-Identifier: MIT
#include "model/train/divergence.h"

#include <algorithm>

namespace cameo {
namespace {

constexpr double kDecay = 0.98;      // 1 / (1 - 0.98) = 50 iterations
constexpr std::int64_t kEarly = 50;  // iterations before their mean says much
constexpr double kSoundRise = 1.25;  // batches differ by less than that
constexpr std::int64_t kFirst = 5;   // losses that are "the first"
// What untrained weights draw is grey; one that is worse for long draws black or white.
constexpr double kUntrainedRise = 1.5;
constexpr double kFalling = 0.9;  // a window's mean against that of the one before

}  // namespace

double DivergenceDetector::smoothed() const {
  return weight_ > 0 ? sum_ / weight_ : 0;
}

/// Their mean, but no more than twice the very first: it is of the weights before any update.
double DivergenceDetector::first_losses() const {
  return std::min(first_sum_ / static_cast<double>(std::min(count_, kFirst)), 2 * first_);
}

bool DivergenceDetector::stays_high() const {
  if (count_ < static_cast<std::int64_t>(recent_.size())) return false;
  std::array<double, 2> means{};  // of the older and of the newer window
  for (std::size_t i = 0; i < recent_.size(); ++i)
    means.at(i / kWindow) +=
        recent_.at((static_cast<std::size_t>(count_) + i) % recent_.size()) / kWindow;
  const double rise = start_ == Start::Initial ? kUntrainedRise : max_rise_;
  const double limit = rise * first_losses();
  return means[0] > limit && means[1] > limit && means[1] >= kFalling * means[0];
}

bool DivergenceDetector::diverged(std::int64_t iteration, double loss) {
  sum_ = kDecay * sum_ + loss;
  weight_ = kDecay * weight_ + 1;
  recent_.at(static_cast<std::size_t>(count_) % recent_.size()) = loss;
  if (count_ == 0) first_ = loss;
  if (count_ < kFirst) first_sum_ += loss;
  ++count_;
  const bool early = count_ <= kEarly;
  minimum_ = early ? smoothed() : std::min(minimum_, smoothed());
  if (start_ == Start::Initial) minimum_ = std::min(minimum_, first_losses());
  const double sound = max_rise_ > 0 ? std::min(kSoundRise, (1 + max_rise_) / 2) : kSoundRise;
  const double least = early ? first_losses() : minimum_;
  if (count_ <= kFirst || smoothed() <= sound * least) sound_until_ = iteration;
  if (max_rise_ == 0) return false;
  return stays_high() || (!early && smoothed() > max_rise_ * minimum_);
}

}  // namespace cameo
