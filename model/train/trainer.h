// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/exec.h"
#include "model/data/face_set.h"
#include "model/train/learner.h"
#include "model/train/recipe.h"
#include "model/train/train_options.h"

namespace cameo {

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
