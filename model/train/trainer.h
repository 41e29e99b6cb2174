// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/collective.h"
#include "engine/exec.h"
#include "model/data/face_set.h"
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

/// Device memory that training takes, in bytes.
struct TrainMemory {
  LearnerMemory learner;
  std::size_t faces = 0;
  std::size_t total() const { return learner.total() + faces; }
};

/// What training starts from.
struct TrainStart {
  std::int64_t iteration = 0;  ///< iterations that the model in the folder has behind it
  bool resumed = false;
  Recipe recipe;                   ///< in force
  std::vector<std::string> notes;  ///< what is otherwise than the model's file has it, a line each
  int faces_a = 0, faces_b = 0;
  int without_mask = 0;  ///< of them, though the recipe wants masks: their files hold no landmarks
  std::vector<FaceSet::Skipped> skipped;
  std::int64_t parameters = 0;
  std::string device;  ///< and how it computes, for people
  int ranks = 1;       ///< that train together; the recipe's batch is that of each
  TrainMemory memory;
  bool a_on_host = false, b_on_host = false;  ///< these faces did not fit into device memory
};

/// How training stands after an iteration.
struct TrainProgress {
  std::int64_t iteration = 0, iterations = 0;
  std::int64_t faces_seen = 0;    ///< both sides together, earlier runs included
  double loss_a = 0, loss_b = 0;  ///< of this iteration
  double faces_per_second = 0;    ///< both sides together, lately
  double seconds_left = 0;
};

/// Each may be empty. Called on the thread that trains.
struct TrainCallbacks {
  std::function<void(const TrainStart&)> on_start;
  std::function<void(const TrainProgress&)> on_progress;
  /// Asked after each iteration, of several ranks after those whose losses are read together; true
  /// in any rank: save and return.
  std::function<bool()> should_stop;
  std::function<void(const std::string&)> on_warning;  ///< something went wrong that is survived
  std::function<double()> clock;  ///< seconds since whenever; empty: the system's steady clock
};

/// What came of it.
struct TrainReport {
  TrainStart start;
  std::int64_t iteration = 0, faces_seen = 0;
  bool stopped = false;           ///< should_stop said so
  double loss_a = 0, loss_b = 0;  ///< means over the last row of metrics.csv
  double seconds = 0;             ///< of this run's iterations
  double seconds_augmenting = 0;  ///< of them, for augmentation
};

/// Trains and leaves in the model's folder: model.safetensors (from which training goes on bit for
/// bit on the same device), metrics.csv, loss.svg; and the preview.
/// Throws Error: ErrorCode::Input if faces or folders cannot be read or written, if another process
/// trains in the folder, or if it holds backups only; ErrorCode::Format if it holds a damaged model
/// or one of another preset or mode; ErrorCode::Usage if A and B look exchanged or the same, or an
/// option is impossible; ErrorCode::Device if memory does not suffice; ErrorCode::Failed if a loss
/// is not finite or diverges, or a rank is lost: then all checkpoints stay as they were.
TrainReport train(Exec& exec, const TrainOptions& options, const TrainCallbacks& callbacks = {});

}  // namespace cameo
