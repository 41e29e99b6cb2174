// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/optimizer.h"
#include "engine/params.h"
#include "engine/safetensors.h"
#include "model/data/fingerprint.h"
#include "model/data/latent_range.h"
#include "model/data/sampler.h"
#include "model/file/model_file.h"
#include "model/train/plateau.h"
#include "model/train/recipe.h"

namespace cameo {

/// Everything but tensors that training goes on from.
struct TrainingState {
  ModelInfo info;
  std::uint64_t seed = 0;
  SamplerState order_a, order_b;
  Plateau plateau;                            ///< of held-out faces
  std::map<std::string, std::string> tuning;  ///< Cpu::tuning, so that sums keep their last bits
  LatentSummary latents_a, latents_b;         ///< as the weights are now; may be empty
  std::optional<Recipe> recipe;               ///< empty in files of earlier versions
  Fingerprint print_a, print_b;               ///< of the faces trained on last; may be empty
  std::vector<std::string> consents;          ///< notes of those whose faces it learns
  std::string run;  ///< name of the training that the file is a save of; empty as above
};

/// Tensors that training goes on from: weights, and the states of optimizers and of what they
/// share, by the names that their tensors have in the file ("adam.m.encoder.down1.weight",
/// "clock.step").
struct TrainTensors {
  ParamStore& params;
  std::map<std::string, Stateful*> states;
};

/// Reads the state. Throws Error as read_model_info does; ErrorCode::Format also if it is
/// incomplete.
TrainingState read_training_state(const SafetensorsFile& file);

/// Reads weights and states. Throws Error (ErrorCode::Format) if one is missing or does not
/// fit.
void load_train_tensors(const SafetensorsFile& file, const TrainTensors& tensors);

/// Writes one file from which training goes on as if it had not stopped, and keeps the one it
/// replaces (replace_keeping_backups). Throws Error, with everything on the disk as it was:
/// ErrorCode::Failed if a weight is not finite, ErrorCode::Input if the file cannot be written.
/// Where only the folder cannot be synced or a backup cannot be renamed, the new file is in its
/// place already.
void save_checkpoint(const std::filesystem::path& file, const TrainingState& state,
                     const TrainTensors& tensors, int backups);

}  // namespace cameo
