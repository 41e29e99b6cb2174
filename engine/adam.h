// SPDX-License-Identifier: MIT
#pragma once
#include <utility>
#include <vector>

#include "engine/optimizer.h"
#include "kernels/adam.h"

namespace cameo {

/// An AdamState in device memory, for one or several Adams.
class DeviceAdamState final : public Stateful {
 public:
  /// settings: rate, beta1, beta2, epsilon, schedule; steps count from settings.step.
  DeviceAdamState(Exec& exec, const AdamState& settings);
  /// Copies the state to the host (waits for the device) and back.
  AdamState read() const;
  void write(const AdamState& settings);
  AdamState* device() const { return reinterpret_cast<AdamState*>(memory_.get()); }
  /// "rates" (rate, beta1, beta2, epsilon) and "step"; the schedule is not saved, and not loaded.
  std::vector<StateTensor> save() const override;
  void load(const StateReader& read) override;

 private:
  Exec& exec_;
  Memory memory_;
};

/// Adam over ranges of a store's parameters, with moments of its own.
/// Two Adams may cover the same weights and share one state: so trains the article's system, where
/// one optimiser object is compiled into two models.
class Adam final : public Optimizer {
 public:
  struct Options {
    /// Learning-rate dropout: probability that a weight is not updated in a step, 0 to below 1.
    double dropout = 0;
  };
  Adam(ParamStore& params, DeviceAdamState& state, std::vector<Range> ranges,
       const Options& options);
  Adam(ParamStore& params, DeviceAdamState& state, std::vector<Range> ranges)
      : Adam(params, state, std::move(ranges), Options{}) {}

  /// Advances the state by one step, then updates every weight of the ranges from its gradient.
  void step() override;
  void rehearse() override;
  /// The moments: "m.PARAMETER" and "v.PARAMETER".
  std::vector<StateTensor> save() const override { return moments_.save(); }
  void load(const StateReader& read) override { moments_.load(read); }
  std::size_t bytes() const override { return moments_.bytes(); }

 private:
  ParamStore& params_;
  DeviceAdamState& state_;
  StateBlocks moments_;
  float dropout_;
};

}  // namespace cameo
