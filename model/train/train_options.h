// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/collective.h"
#include "model/net/presets.h"
#include "model/train/learner.h"
#include "model/train/recipe.h"

namespace cameo {

/// What to train. One iteration is one batch of A and one of B; nothing is counted in "epochs".
struct TrainOptions {
  std::vector<std::filesystem::path> faces_a, faces_b;  ///< folders of extracted faces
  /// Folders of what the network is to render for each of those faces, by name; empty: the faces.
  std::vector<std::filesystem::path> targets_a, targets_b;
  std::filesystem::path model;  ///< folder; made if missing, training goes on if it holds a model
  Preset preset;                ///< of a new model; an existing one must have its network
  TrainMode mode = TrainMode::Joint;
  std::optional<Recipe> recipe;  ///< instead of the model's, or of the preset's
  RecipeOverrides overrides;     ///< single values instead of those
  bool fit_batch =
      false;  ///< a smaller batch than the recipe's, where that does not fit into memory
  std::int64_t iterations = 10000;      ///< total, earlier runs included
  std::int64_t save_interval = 500;     ///< iterations; saved at the end in any case
  double save_seconds = 300;            ///< saved after so long in any case; 0: by iterations only
  std::int64_t metrics_interval = 10;   ///< iterations that a row of metrics.csv sums up
  std::filesystem::path preview;        ///< PNG file; empty: none
  std::int64_t preview_interval = 500;  ///< iterations; drawn at the end in any case
  double preview_seconds = 300;         ///< as save_seconds; the first after 60 at most
  int backups = 2;         ///< earlier checkpoints kept, model.safetensors.bak1 the newest
  double max_rise = 3;     ///< as DivergenceDetector's; 0: whatever the losses do
  std::uint64_t seed = 1;  ///< a model that training goes on from keeps its own
  /// Device memory that faces may take, in bytes; what does not fit stays in host memory and is
  /// uploaded batch by batch. 0: as much as the network leaves.
  std::size_t faces_memory = 0;
  std::filesystem::path base;  ///< a new model's weights are its, see load_base(); empty: random
  std::vector<std::string> consents;  ///< notes of those whose faces are learned, kept in the model
  bool force = false;                 ///< although A and B look exchanged or the same
  /// Of the ranks that train this model together, each with the same options; nullptr: none. The
  /// recipe's batch is that of a rank, so that N ranks train as one with N times the batch. Rank 0
  /// alone writes files. It must outlive the training.
  ProcessGroup* group = nullptr;
};

/// Throws Error (ErrorCode::Usage) if a value is impossible, or a folder is given for both people.
void check_options(const TrainOptions& options);

/// The options as the group's rank here goes by them: those that do not lead write nothing.
TrainOptions options_of_rank(TrainOptions options);

}  // namespace cameo
