// SPDX-License-Identifier: MIT
#pragma once
#include <vector>

#include "engine/ema.h"
#include "engine/params.h"
#include "model/net/network.h"

namespace cameo {

/// Exponential moving average of a network's weights in training. Where there is one, faces are
/// rendered by it and a checkpoint's weights are it; as its own state it saves the weights that
/// training goes on from.
class WeightAverage final : public Stateful {
 public:
  /// trained: the network's weights; it must outlive the average. decay: as Ema takes it.
  WeightAverage(ParamStore& trained, const Network& network, double decay);

  /// To be run after the optimizers.
  Ema& ema() { return ema_; }
  const Ema& ema() const { return ema_; }
  /// The averages as of the last update(), without gradients.
  ParamStore& params() { return averages_; }
  const ParamStore& params() const { return averages_; }
  /// Fetches the averages; before the first step they are the weights themselves. Waits for the
  /// device.
  void update();
  /// "step" of the average and "weight.PARAMETER": the weights in training.
  std::vector<StateTensor> save() const override;
  /// The averages themselves are those that params() holds.
  void load(const StateReader& read) override;

 private:
  ParamStore& trained_;
  ParamStore averages_;
  Ema ema_;
};

}  // namespace cameo
