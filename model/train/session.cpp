// SPDX-License-Identifier: MIT
#include "model/train/session.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <span>

#include "base/error.h"
#include "base/files.h"
#include "base/fnv1a.h"
#include "model/file/base_file.h"
#include "model/train/backups.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

constexpr int kSameFaces = 50;  // percent of two sides' faces that may be in both

/// A name for a training that its backups can be told by: the same for what is the same training.
std::string run_of(const TrainingState& state) {
  Fnv1a hash;
  for (const std::string& part :
       {std::to_string(state.seed), state.info.network.kind, state.info.network.settings,
        state.info.mode, text_of(state.print_a), text_of(state.print_b)})
    hash.add(part + '\n');
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(hash.value()));
  return text.data();
}

/// Files of earlier versions hold no recipe: that of the preset they name, with the optimiser's
/// own values.
Recipe recipe_of_old(const SafetensorsFile& file, const ModelInfo& info,
                     std::vector<std::string>& notes) {
  const std::optional<Recipe> known = recipe_of_preset(info.preset);
  if (!known)
    notes.push_back(file.path().string() + ": holds no recipe, and its preset \"" + info.preset +
                    "\" is not known: goes on by original's");
  Recipe recipe = known.value_or(Recipe{});
  std::array<double, 4> rates{};
  file.read("clock.rates", "F64", std::as_writable_bytes(std::span(rates)));
  recipe.rate = rates[0];
  recipe.beta1 = rates[1];
  return recipe;
}

}  // namespace

Session::Session(const Options& options)
    : file_(options.folder / kModelFile), backups_(options.backups) {
  if (options.writes) {
    make_folder(options.folder);
    lock_.emplace(options.folder, "training");
  }
  open_model();
  resolve(options);
}

void Session::open_model() {
  const std::vector<Backup> backups = list_backups(file_);
  const std::string readable = describe_readable(backups);
  if (!fs::exists(file_)) {
    if (backups.empty()) return;
    fail(ErrorCode::Input, file_.parent_path().string(), ": holds ",
         readable.empty() ? backups.front().file.filename().string() : readable, " but no ",
         kModelFile, "; copy ", readable.empty() ? "one that can be read" : "one",
         " there under that name to go on, or name another folder");
  }
  try {
    opened_.emplace(file_);
    state_ = read_training_state(*opened_);
  } catch (const Error& e) {
    if (e.code() != ErrorCode::Format || readable.empty()) throw;
    fail(ErrorCode::Format, e.what(), "; backups that can be read: ", readable,
         "; copy one over it to go on");
  }
}

void Session::resolve(const Options& options) {
  ModelInfo& info = state_.info;
  const Network& network = options.preset.network;
  check(!opened_ || info.network == network, ErrorCode::Format, file_.string(),
        ": holds a model of preset ", info.preset, " (", info.network.settings, "), wanted ",
        options.preset.name, " (", network.settings, "); choose another folder, or that preset");
  check(info.mode.empty() || info.mode == name_of(options.mode), ErrorCode::Format, file_.string(),
        ": was trained in mode ", info.mode, ", wanted ", name_of(options.mode),
        "; choose another folder, or that mode");
  if (opened_) start_ = info.mode.empty() ? Start::Weights : Start::Checkpoint;
  if (start_ != Start::Checkpoint) {
    state_.seed = options.seed;
    state_.recipe = recipe_of_preset(options.preset.name).value_or(Recipe{});
    if (is_canonical(network)) state_.recipe = with_frozen_encoder(*state_.recipe);
  } else if (!state_.recipe) {
    state_.recipe = recipe_of_old(*opened_, info, notes_);
  }
  if (!opened_) info.preset = options.preset.name;
  if (!opened_ && !options.base.empty()) {
    base_.emplace(options.base);
    state_.consents = consent_notes(*base_);
    start_ = Start::Base;
    notes_.push_back("starts from " + options.base.string());
  }
  for (const std::string& note : options.consents)
    if (std::find(state_.consents.begin(), state_.consents.end(), note) == state_.consents.end())
      state_.consents.push_back(note);
  info.network = network;
  info.mode = name_of(options.mode);
  const Recipe before = *state_.recipe;
  state_.recipe = overridden(options.recipe.value_or(before), options.overrides);
  check_recipe(*state_.recipe);
  check(
      start_ != Start::Checkpoint || !before.freeze_encoder || state_.recipe->freeze_encoder,
      ErrorCode::Usage, file_.string(),
      ": its encoder is frozen, and what an optimizer needs to train it was not saved; begin a new "
      "model that starts from ",
      is_canonical(network) ? "the base as this one did: -m NEW --freeze-encoder=false"
                            : "this one: -m NEW --start-from " + file_.parent_path().string());
  check(!is_canonical(network) || state_.recipe->freeze_encoder, ErrorCode::Usage,
        "train: an encoder that reads faces twice (canonical=1) can only be kept frozen");
  if (state_.recipe->gan > 0) discriminator_of(*state_.recipe, network.size);
  if (start_ != Start::Checkpoint) return;
  // A discriminator of another patch has other layers.
  keeps_average_ = before.ema > 0 && state_.recipe->ema > 0;
  if (before.ema > 0 && !keeps_average_) notes_.emplace_back("goes on from the averaged weights");
  keeps_discriminator_ = before.gan > 0 && before.gan_patch == state_.recipe->gan_patch;
  for (std::string& note : differences(*state_.recipe, before)) notes_.push_back(std::move(note));
}

void Session::check_faces(const Fingerprint& a, const Fingerprint& b, bool force) {
  std::string problem;
  if (const int shared = percent_shared(a, b); shared >= kSameFaces)
    problem = "A and B are the same person's: " + std::to_string(shared) +
              " % of their faces are in both";
  else if (std::string why = why_exchanged(a, b, state_.print_a, state_.print_b); !why.empty())
    problem = "A and B look exchanged for " + file_.string() + ": " + why;
  check(problem.empty() || force, ErrorCode::Usage, "faces of ", problem,
        "; exchange the folders, or give --force if it is meant so");
  if (!problem.empty()) notes_.push_back("faces of " + problem);
  state_.print_a = a;
  state_.print_b = b;
  if (state_.run.empty()) state_.run = run_of(state_);
}

void Session::set_batch(int batch) {
  if (batch == recipe().batch) return;
  notes_.push_back("batch " + std::to_string(batch) +
                   ", the largest that fits into memory, instead of " +
                   std::to_string(recipe().batch));
  state_.recipe->batch = batch;
}

TrainTensors Session::tensors_in_file(Learner& learner) const {
  TrainTensors tensors = learner.tensors();
  std::map<std::string, Stateful*>& states = tensors.states;
  if (!keeps_discriminator_) states.erase(kDiscriminatorState);
  if (keeps_average_) return tensors;
  states.erase(kTrainedState);
  return {learner.params(), states};
}

void Session::load(Learner& learner) {
  switch (start_) {
    case Start::Initial:
      learner.initialize(state_.seed);
      break;
    case Start::Base:
      learner.initialize(state_.seed);
      load_base(*base_, state_.info.network, learner.params());
      base_latents_ = load_latent_stats(*base_, "a");
      base_.reset();
      break;
    case Start::Weights:
      load_weights(*opened_, learner.params());
      break;
    case Start::Checkpoint:
      load_train_tensors(*opened_, tensors_in_file(learner));
      learner.set_rate(state_.recipe->rate);
      break;
  }
  opened_.reset();
}

std::string Session::save(const TrainTensors& tensors,
                          const std::function<void(TrainingState&)>& measure) {
  std::string problem;
  try {
    measure(state_);
  } catch (const std::exception& e) {
    problem = e.what();
    state_.latents_a = state_.latents_b = {};  // those of other weights would mislead
  }
  save_checkpoint(file_, state_, tensors, backups_);
  return problem;
}

std::string Session::advice(std::int64_t sound_until) const {
  const fs::path sound = newest_checkpoint(file_, backups_, sound_until);
  if (sound.empty()) return "no checkpoint is from before; begin anew";
  if (sound == file_) return "the checkpoint is from before; train on";
  return "copy " + sound.string() + " over " + file_.string() + " and train on";
}

}  // namespace cameo
