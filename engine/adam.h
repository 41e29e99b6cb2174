// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <vector>

#include "engine/params.h"
#include "kernels/adam.h"

namespace cameo {

/// The step count and rate that one or several Adams go by; lies in device memory.
class Clock {
 public:
  /// settings: rate, beta1, beta2, epsilon; step counts from settings.step.
  Clock(Exec& exec, const AdamState& settings);
  /// Copies the state to the host (waits for the device) and back.
  AdamState read() const;
  void write(const AdamState& settings);
  AdamState* device() const { return clock_; }

 private:
  Exec& exec_;
  Memory memory_;
  AdamState* clock_ = nullptr;
};

/// Adam over chosen stretches of a store; the moments are its own.
/// Two Adams may cover the same weights with moments of their own and share one clock: that is how
/// the article's system trains (one optimiser object compiled into two models).
class Adam {
 public:
  Adam(ParamStore& params, Clock& clock, std::vector<Range> ranges);

  /// Advances the clock by one, then updates every weight of the ranges from its gradient.
  void step();
  /// Runs the kernels of step() on made-up numbers, so that they are loaded before a recording.
  void rehearse();

  /// Floats of each moment block: the sum of the ranges.
  std::int64_t floats() const { return floats_; }
  const std::vector<Range>& ranges() const { return ranges_; }
  /// Copies the moments, floats() each, to and from the host.
  void read(float* m, float* v) const;
  void write(const float* m, const float* v);

 private:
  ParamStore& params_;
  Clock& clock_;
  std::vector<Range> ranges_;
  std::int64_t floats_ = 0;
  Memory memory_;
  float* m_ = nullptr;
  float* v_ = nullptr;
};

}  // namespace cameo
