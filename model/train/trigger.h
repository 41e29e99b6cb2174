// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

namespace cameo {

/// Trigger of something that is done every so many iterations, and at least every so many seconds.
class Trigger {
 public:
  /// iterations, seconds: between two times; 0: never for that reason. first: seconds before the
  /// first time.
  Trigger(std::int64_t iterations, double seconds, double first)
      : iterations_(iterations), seconds_(seconds), wait_(first) {}

  /// Begins to count seconds.
  void start(double now) { since_ = now; }
  /// Whether it is due after this iteration. The next time counts from then.
  bool due(std::int64_t iteration, double now) {
    const bool by_iterations = iterations_ > 0 && iteration % iterations_ == 0;
    const bool by_seconds = seconds_ > 0 && now - since_ >= wait_;
    if (!by_iterations && !by_seconds) return false;
    since_ = now;
    wait_ = seconds_;
    return true;
  }

 private:
  std::int64_t iterations_;
  double seconds_, wait_, since_ = 0;
};

}  // namespace cameo
