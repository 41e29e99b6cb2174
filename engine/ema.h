// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <vector>

#include "engine/optimizer.h"
#include "kernels/ema.h"

namespace cameo {

/// Exponential moving average of weights, bias-corrected: after t steps weight w_s of step s has
/// the share (1 - decay) decay^(t - s) / (1 - decay^t), and initial weights have none.
/// In a phase it comes after the optimizer that changes the weights.
/// Source: Kingma and Ba 2015, section 7.2 (averaging) and 3 (correction).
class Ema final : public Optimizer {
 public:
  /// decay: 0 < decay < 1, such as 0.999.
  Ema(ParamStore& params, std::vector<Range> ranges, double decay);

  void step() override;
  void rehearse() override;
  /// "average.PARAMETER" and "step"; the decay is not saved.
  std::vector<StateTensor> save() const override;
  void load(const StateReader& read) override;
  std::size_t bytes() const override { return averages_.bytes(); }
  /// Steps averaged; waits for the device.
  std::int64_t steps() const;
  /// Writes the averages over the parameters of the same names in another store, which must have
  /// them in the same shapes; waits for the device.
  void copy_to(ParamStore& to) const;

 private:
  EmaState* device() const { return reinterpret_cast<EmaState*>(memory_.get()); }

  ParamStore& params_;
  double decay_;
  StateBlocks averages_;
  Memory memory_;
};

}  // namespace cameo
