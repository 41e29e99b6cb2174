// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

#include "engine/exec.h"
#include "model/train/learner.h"

namespace cameo {

/// Training on images that another program made, so that its losses can be compared.
struct BatchReplay {
  std::filesystem::path model;    ///< folder or file whose weights are the start; stays as it is
  std::filesystem::path batches;  ///< safetensors: x_a, t_a, x_b, t_b [steps,N,S,S,3], BGR, 0..1:
                                  ///< what the network reads of A and B, and what it should draw
  std::filesystem::path losses;  ///< safetensors to write: losses [steps,2] of A and B, each before
                                 ///< the update of its step
  TrainMode mode = TrainMode::Joint;
  std::optional<double> rate;  ///< instead of the preset's
};

/// Trains once on each batch, in their order, from fresh moments by the article's recipe, whatever
/// the model was trained with: mean absolute error, a rate that stays. Returns the number of steps.
/// Throws Error: ErrorCode::Format if a tensor is missing or does not fit the model or the others;
/// ErrorCode::Failed if a loss is not finite; as load_weights and write_safetensors do.
std::int64_t replay_batches(Exec& exec, const BatchReplay& training);

}  // namespace cameo
