// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/folder_lock.h"
#include "engine/safetensors.h"
#include "model/data/fingerprint.h"
#include "model/net/presets.h"
#include "model/train/checkpoint.h"
#include "model/train/learner.h"

namespace cameo {

/// A model's folder for the length of a training: the lock on it, the state that training goes on
/// from, and the rules of resuming. What the file holds wins: seed, recipe, moments; what the
/// caller sets replaces it and is reported.
class Session {
 public:
  struct Options {
    const std::filesystem::path& folder;  ///< made if missing
    const Preset& preset;                 ///< of a new model; an existing one must have its network
    TrainMode mode = TrainMode::Joint;
    std::uint64_t seed = 1;               ///< of a new model
    const std::optional<Recipe>& recipe;  ///< instead of the file's or the preset's
    const RecipeOverrides& overrides;
    int backups = 2;
    /// Notes of consent, added to those that the model holds, or the base that it starts from.
    std::vector<std::string> consents = {};
    /// A base or model that a new model gets its weights from; empty: random ones.
    std::filesystem::path base;
    /// Whether it may save; else it takes no lock and writes nothing.
    bool writes = true;
  };
  /// What training starts from.
  enum class Start : std::uint8_t { Initial, Base, Weights, Checkpoint };

  /// Locks the folder and reads the state in it. Throws Error: ErrorCode::Input if another process
  /// trains there, or if it holds backups only; ErrorCode::Format if the model is damaged, naming
  /// the backups that can be read, or is of another network or mode; ErrorCode::Usage if a value of
  /// the recipe is impossible.
  explicit Session(const Options& options);

  Start start() const { return start_; }
  TrainingState& state() { return state_; }
  const Recipe& recipe() const { return *state_.recipe; }
  const std::filesystem::path& file() const { return file_; }
  /// One line each on what is otherwise than the model's file has it.
  const std::vector<std::string>& notes() const { return notes_; }
  /// Moments of the latents that a new model's base knows; empty for others, and before load().
  const LatentStats& base_latents() const { return base_latents_; }

  /// Compares the sides' faces with each other and with those that the model was trained on, and
  /// keeps their fingerprints. Throws Error (ErrorCode::Usage) if A and B are the same faces, or
  /// look exchanged; with `force` it makes a note of it.
  void check_faces(const Fingerprint& a, const Fingerprint& b, bool force);

  /// Another batch than the recipe's; noted if it differs.
  void set_batch(int batch);

  /// Gives the learner its weights: initial ones, a base's, or those of the file with all that
  /// belongs to them; then closes the file.
  void load(Learner& learner);

  /// Saves. `measure`: fills in the state's latent moments; if it throws, for want of memory say,
  /// the save goes on without them. Returns why it threw, or "". Throws Error as
  /// save_checkpoint does.
  std::string save(const TrainTensors& tensors, const std::function<void(TrainingState&)>& measure);

  /// What to do about a training that was sound until this iteration, for people.
  std::string advice(std::int64_t sound_until) const;

 private:
  void open_model();
  void resolve(const Options& options);
  /// What of a learner's tensors the file holds.
  TrainTensors tensors_in_file(Learner& learner) const;

  std::filesystem::path file_;
  int backups_;
  std::optional<FolderLock> lock_;
  std::optional<SafetensorsFile> opened_;  ///< until all of it is read
  LatentStats base_latents_;
  std::optional<SafetensorsFile> base_;  ///< of a new model, until its weights are read
  TrainingState state_;
  Start start_ = Start::Initial;
  bool keeps_average_ = false;        ///< the file's weights are an average that goes on
  bool keeps_discriminator_ = false;  ///< the file has one that fits the recipe
  std::vector<std::string> notes_;
};

}  // namespace cameo
