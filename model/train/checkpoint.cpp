// SPDX-License-Identifier: MIT
#include "model/train/checkpoint.h"

#include <cstddef>
#include <deque>
#include <span>
#include <utility>

#include "base/error.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

constexpr char kTuning[] = "tuning.";

/// Host copies of what a checkpoint holds.
class Snapshot {
 public:
  /// The latents of state must outlive the snapshot.
  Snapshot(const fs::path& file, const TrainingState& state, const TrainTensors& learned)
      : tensors_(file, learned.params) {
    for (const auto& [name, part] : learned.states)
      for (StateTensor& tensor : part->save()) {
        const StateTensor& kept = states_.emplace_back(std::move(tensor));
        tensors_.add({name + '.' + kept.name, kept.dtype, kept.shape, kept.bytes});
      }
    tensors_.add_latent_stats("a", state.latents_a);
    tensors_.add_latent_stats("b", state.latents_b);
  }

  const ModelTensors& tensors() const { return tensors_; }

 private:
  ModelTensors tensors_;
  std::deque<StateTensor> states_;  // the tensors point into it
};

Metadata metadata_of(const TrainingState& state) {
  const auto text = [](auto number) { return std::to_string(number); };
  Metadata metadata = network_metadata(state.info.preset, state.info.network);
  metadata.insert({{"mode", state.info.mode},
                   {"iteration", text(state.info.iteration)},
                   {"faces_seen", text(state.info.faces_seen)},
                   {"seed", text(state.seed)},
                   {"order_a.pass", text(state.order_a.pass)},
                   {"order_a.at", text(state.order_a.at)},
                   {"order_b.pass", text(state.order_b.pass)},
                   {"order_b.at", text(state.order_b.at)}});
  for (const auto& [operation, algorithm] : state.tuning) metadata[kTuning + operation] = algorithm;
  return metadata;
}

fs::path backup(const fs::path& file, int number) {
  return file.string() + ".bak" + std::to_string(number);
}

/// `file` stays in its place all the while: `kept` is a second name for it.
void keep(const fs::path& file, const fs::path& kept) {
  std::error_code error;
  fs::remove(kept, error);  // of a run that was cut off
  fs::create_hard_link(file, kept, error);
  if (error) fs::copy_file(file, kept);  // file systems without links
}

/// Number 0 becomes number 1 and so on.
void rotate_backups(const fs::path& file, int backups) {
  for (int i = backups; i > 0; --i) {
    if (fs::exists(backup(file, i - 1))) fs::rename(backup(file, i - 1), backup(file, i));
  }
}

}  // namespace

TrainingState read_training_state(const SafetensorsFile& file) {
  TrainingState state{.info = read_model_info(file)};
  if (state.info.mode.empty()) return state;
  state.seed = metadata_integer<std::uint64_t>(file, "seed");
  state.order_a = {metadata_integer<std::uint64_t>(file, "order_a.pass"),
                   metadata_integer<std::uint64_t>(file, "order_a.at")};
  state.order_b = {metadata_integer<std::uint64_t>(file, "order_b.pass"),
                   metadata_integer<std::uint64_t>(file, "order_b.at")};
  for (const auto& [key, algorithm] : file.metadata()) {
    if (key.starts_with(kTuning)) state.tuning[key.substr(sizeof kTuning - 1)] = algorithm;
  }
  return state;
}

void load_train_tensors(const SafetensorsFile& file, const TrainTensors& learned) {
  load_weights(file, learned.params);
  for (const auto& [name, part] : learned.states)
    part->load([&, prefix = name + '.'](const std::string& tensor, const std::string& dtype,
                                        std::span<std::byte> bytes) {
      file.read(prefix + tensor, dtype, bytes);
    });
}

void save_checkpoint(const fs::path& file, const TrainingState& state, const TrainTensors& learned,
                     int backups) {
  const Snapshot snapshot(file, state, learned);
  const fs::path kept = backup(file, 0);
  std::error_code ignored;
  try {
    const bool replaces = backups > 0 && fs::exists(file);
    if (replaces) keep(file, kept);
    write_safetensors(file, snapshot.tensors().list(), metadata_of(state));
    if (replaces) rotate_backups(file, backups);
  } catch (const fs::filesystem_error& e) {
    fs::remove(kept, ignored);
    fail(ErrorCode::Input, file.string(), ": cannot keep a backup: ", e.what());
  } catch (...) {
    fs::remove(kept, ignored);
    throw;
  }
}

fs::path newest_checkpoint(const fs::path& file, int backups, std::int64_t iteration) {
  for (int i = 0; i <= backups; ++i) {
    fs::path one = i == 0 ? file : backup(file, i);
    if (fs::exists(one) && read_model_info(one).iteration <= iteration) return one;
  }
  return {};
}

}  // namespace cameo
