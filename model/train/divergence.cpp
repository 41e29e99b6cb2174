// SPDX-License-Identifier: MIT
#include "model/train/divergence.h"

#include <algorithm>

namespace cameo {
namespace {

constexpr double kMemory = 0.98;     // 1 / (1 - 0.98) = 50 iterations
constexpr std::int64_t kHeard = 50;  // before a mean of them says much
constexpr double kSoundRise = 1.25;  // batches differ by less than that

}  // namespace

double DivergenceDetector::now() const {
  return weight_ > 0 ? sum_ / weight_ : 0;
}

bool DivergenceDetector::broken(std::int64_t iteration, double loss) {
  sum_ = kMemory * sum_ + loss;
  weight_ = kMemory * weight_ + 1;
  ++heard_;
  const bool early = heard_ <= kHeard;
  least_ = early ? now() : std::min(least_, now());
  const double sound = most_rise_ > 0 ? std::min(kSoundRise, (1 + most_rise_) / 2) : kSoundRise;
  if (early || now() <= sound * least_) sound_until_ = iteration;
  return most_rise_ > 0 && !early && now() > most_rise_ * least_;
}

}  // namespace cameo
