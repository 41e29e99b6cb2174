// SPDX-License-Identifier: MIT
#include "model/train/checkpoint.h"

#include <cstddef>
#include <deque>
#include <span>
#include <utility>

#include "base/error.h"
#include "model/train/backups.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

constexpr char kTuning[] = "tuning.";

/// Host copies of what a checkpoint holds.
class Snapshot {
 public:
  /// The latents of state must outlive the snapshot.
  Snapshot(const fs::path& file, const TrainingState& state, const TrainTensors& tensors)
      : tensors_(file, tensors.params) {
    for (const auto& [name, part] : tensors.states)
      for (StateTensor& tensor : part->save()) {
        const StateTensor& kept = states_.emplace_back(std::move(tensor));
        tensors_.add({name + '.' + kept.name, kept.dtype, kept.shape, kept.bytes});
      }
    tensors_.add_latents("a", state.latents_a);
    tensors_.add_latents("b", state.latents_b);
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
  if (state.recipe) {
    metadata["recipe"] = text_of(*state.recipe);
    if (measures_mirrored(*state.recipe)) metadata[kMirroredLatents] = "1";
  }
  if (state.plateau != Plateau{}) metadata["plateau"] = text_of(state.plateau);
  if (state.print_a) metadata["faces_a.fingerprint"] = text_of(state.print_a);
  if (state.print_b) metadata["faces_b.fingerprint"] = text_of(state.print_b);
  for (std::size_t i = 0; i < state.consents.size(); ++i)
    metadata[kConsent + text(i + 1)] = state.consents[i];
  if (!state.run.empty()) metadata["run"] = state.run;
  for (const auto& [operation, algorithm] : state.tuning) metadata[kTuning + operation] = algorithm;
  return metadata;
}

}  // namespace

TrainingState read_training_state(const SafetensorsFile& file) {
  TrainingState state{.info = read_model_info(file)};
  state.consents = consent_notes(file);
  if (state.info.mode.empty()) return state;
  state.seed = metadata_integer<std::uint64_t>(file, "seed");
  state.order_a = {metadata_integer<std::uint64_t>(file, "order_a.pass"),
                   metadata_integer<std::uint64_t>(file, "order_a.at")};
  state.order_b = {metadata_integer<std::uint64_t>(file, "order_b.pass"),
                   metadata_integer<std::uint64_t>(file, "order_b.at")};
  const auto optional_text = [&](const char* key) {
    const auto entry = file.metadata().find(key);
    return entry == file.metadata().end() ? std::string() : entry->second;
  };
  if (file.metadata().contains("recipe"))
    state.recipe = parse_recipe(optional_text("recipe"), file.path().string());
  state.plateau = parse_plateau(optional_text("plateau"));
  state.print_a = parse_fingerprint(optional_text("faces_a.fingerprint"));
  state.print_b = parse_fingerprint(optional_text("faces_b.fingerprint"));
  state.run = optional_text("run");
  for (const auto& [key, algorithm] : file.metadata()) {
    if (key.starts_with(kTuning)) state.tuning[key.substr(sizeof kTuning - 1)] = algorithm;
  }
  return state;
}

void load_train_tensors(const SafetensorsFile& file, const TrainTensors& tensors) {
  load_weights(file, tensors.params);
  for (const auto& [name, part] : tensors.states)
    part->load([&, prefix = name + '.'](const std::string& tensor, const std::string& dtype,
                                        std::span<std::byte> bytes) {
      file.read(prefix + tensor, dtype, bytes);
    });
}

void save_checkpoint(const fs::path& file, const TrainingState& state, const TrainTensors& tensors,
                     int backups) {
  const Snapshot snapshot(file, state, tensors);
  replace_keeping_backups(file, backups, state.run, [&] {
    write_safetensors(file, snapshot.tensors().list(), metadata_of(state));
  });
}

}  // namespace cameo
