// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <vector>

#include "engine/adam.h"
#include "engine/params.h"
#include "model/net/graphs.h"
#include "model/train/recipe.h"

namespace cameo {

/// A discriminator in training: parameters and Adam. It belongs to the training, not to the model:
/// checkpoints hold it, networks that are read from them do not.
class TrainedDiscriminator final : public Stateful {
 public:
  /// Allocates it for images of `size` pixels a side; it begins with the same weights in every
  /// training.
  TrainedDiscriminator(Exec& exec, const Recipe& recipe, int size);

  /// As graphs take it.
  const Adversary& adversary() const { return adversary_; }
  Adam& adam() { return adam_; }
  const Adam& adam() const { return adam_; }
  const ParamStore& params() const { return params_; }

  void set_rate(double rate);
  /// Lets the learning rate fall with the network's, over the last `decay` iterations of a training
  /// of which it will see so many more.
  void set_schedule(std::int64_t decay, std::int64_t more);
  /// "weight.PARAMETER", the moments and the clock.
  std::vector<StateTensor> save() const override;
  void load(const StateReader& read) override;

 private:
  ParamStore params_;
  Adversary adversary_;
  DeviceAdamState clock_;
  Adam adam_;
};

}  // namespace cameo
