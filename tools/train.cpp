// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "engine/collective.h"
#include "model/file/base_file.h"
#include "model/train/checkpoint.h"
#include "model/train/trainer.h"
#include "tools/cli/device.h"
#include "tools/cli/flags.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/machine.h"
#include "tools/cli/text.h"
#include "tools/commands.h"
#include "tools/compare.h"
#include "tools/consent_note.h"
#include "tools/image_stages.h"
#include "tools/new_start.h"
#include "tools/recipe_flags.h"
#include "tools/train_ranks.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// The preset that also trains as the article's program did; its network is the model's own, or
/// original.
constexpr const char* kArticle = "article";

/// The command line of training.
struct Options {
  TrainOptions train;
  std::string preset, mode;  ///< as given; empty: the model's own
  std::string start_from;    ///< as given; empty: the base that belongs to the preset
  std::string start_warning;
  bool reference = false, no_preview = false;
  double save_minutes = 5, preview_minutes = 5;
  int faces_mib = 0;
  int examples = 128;                ///< of each person
  std::vector<std::string> consent;  ///< as given
  RankOptions ranks;
  fs::path batches, losses;  ///< of `cameo compare`, which once was an option here
};

void add_interval_flags(Flags& flags, Options& options) {
  TrainOptions& train = options.train;
  flags.add("-s,--save-interval", &train.save_interval, "Iterations between saves").range(1);
  flags
      .add("--save-minutes", &options.save_minutes,
           "Minutes after which it is saved in any case; 0: by iterations only")
      .range(0, 1e6);
  flags.add("--backups", &train.backups, "Earlier saves to keep, each as large as the model")
      .range(0, 100);
  flags.add("-w,--preview", &train.preview, "Preview image (default: preview.png in the model)");
  flags.add("--no-preview", &options.no_preview, "No preview image");
  flags.add("--preview-interval", &train.preview_interval, "Iterations between previews").range(1);
  flags
      .add("--preview-minutes", &options.preview_minutes,
           "Minutes after which a preview is drawn in any case, the first after one at most; 0: by "
           "iterations only")
      .range(0, 1e6);
  flags
      .add("--metrics-interval", &train.metrics_interval,
           "Iterations averaged into a row of metrics.csv")
      .range(1);
}

void add_face_flags(Flags& flags, TrainOptions& train) {
  flags.add("-A,--faces-a", &train.faces_a, "Folders of A's extracted faces");
  flags.add("-B,--faces-b", &train.faces_b, "Folders of B's extracted faces");
  flags.add("--targets-a", &train.targets_a,
            "Folders of images of the same names to render for A's faces, such as exact "
            "swaps (default: the faces)");
  flags.add("--targets-b", &train.targets_b, "The same for B's faces");
}

/// What a model keeps beside its weights.
void add_kept_flags(Flags& flags, Options& options) {
  flags.add(
      "--consent", &options.consent,
      "Notes of consent, files of text or texts, of those whose faces are learned; kept in the "
      "model, their SHA-256 in the metadata of what is made with it");
  flags
      .add("--examples", &options.examples,
           "Faces of each person that the model keeps, whose fine detail conversion adds to what "
           "the network renders; 0: none")
      .range(0, 1000);
}

void add_flags(Flags& flags, Options& options) {
  TrainOptions& train = options.train;
  std::vector<std::string> names;
  for (const Preset& known : presets()) names.emplace_back(known.name);
  names.emplace_back(kArticle);
  add_face_flags(flags, train);
  flags.add("-m,--model", &train.model, "Folder of the model; training resumes if it holds one")
      .required();
  flags
      .add("-t,--preset", &options.preset,
           "Network and recipe of a new model (default: original); article: everything as the "
           "article's program did")
      .words(names);
  flags
      .add(
          "--start-from", &options.start_from,
          "Base (or model) of the same network whose weights a new model starts from; none: random "
          "weights (default: the preset's base, where Cameo comes with one)")
      .not_empty();
  flags.add("--freeze-encoder", &options.train.overrides.freeze_encoder,
            "Keep the encoder as the base has it, and train the rest (default: from a base)");
  flags.add("-i,--iterations", &train.iterations, "Total iterations, earlier runs included")
      .range(1);
  add_recipe_flags(flags, train.overrides);
  add_interval_flags(flags, options);
  add_rank_flags(flags, options.ranks);
  flags
      .add("--max-rise", &train.max_rise,
           "Divergence: training ends where a smoothed loss is so many times its minimum; 0: never")
      .range(0, 1000)
      .old_name("most-rise");
  flags
      .add("--mode", &options.mode,
           "Update of both persons in one step, or in turn (default: the model's, or joint)")
      .words({"joint", "alternate"});
  flags
      .add("--reference", &options.reference,
           "Rounding of image positions as in the article's program")
      .old_name("faithful");
  flags
      .add(
          "--faces-memory", &options.faces_mib,
          "GPU memory for faces in MiB, the others stay in main memory; 0: what the network leaves")
      .range(0);
  flags.add("--seed", &train.seed,
            "Random seed for weights, sampling and augmentation of a new model");
  add_kept_flags(flags, options);
  flags.add("--force", &train.force, "Train although A and B look exchanged, or the same");
  flags.add("--batches", &options.batches, "Former name of cameo compare --batches").hidden();
  flags.add("--losses", &options.losses, "Former name of cameo compare --losses").hidden();
  flags.implies("preset", kArticle,
                {{"mode", "alternate"},
                 {"reference", true},
                 {"batch", 1},
                 {"save-interval", 100},
                 {"iterations", 45000}});
  flags.needs(options.batches);
  flags.makes(options.losses);
}

void check_options(const Options& options) {
  const bool faces = !options.train.faces_a.empty() || !options.train.faces_b.empty();
  check(options.batches.empty() == options.losses.empty(), ErrorCode::Usage,
        "train: --batches and --losses go together");
  check(options.batches.empty() || !faces, ErrorCode::Usage,
        "train: either faces of A and B or --batches");
  check(!options.batches.empty() ||
            (!options.train.faces_a.empty() && !options.train.faces_b.empty()),
        ErrorCode::Usage, "train: needs --faces-a and --faces-b (cameo train --help)");
}

std::optional<ModelInfo> readable_info(const fs::path& file) {
  try {
    return read_model_info(file);
  } catch (const Error&) {
    return {};
  }
}

/// The network of a model that is there, whatever its preset is by now, or else the preset's.
Preset network_for(const Options& options, const std::optional<ModelInfo>& info) {
  const bool named = !options.preset.empty() && options.preset != kArticle;
  if (info && (!named || info->preset == options.preset))
    return {.name = info->preset, .about = "", .network = info->network};
  return preset(named ? options.preset : "original");
}

/// Fills in what depends on the model's folder.
void resolve_options(Options& options) {
  check_options(options);
  TrainOptions& train = options.train;
  for (const auto* folders : {&train.faces_a, &train.faces_b, &train.targets_a, &train.targets_b})
    for (const fs::path& folder : *folders) require_there(folder);
  std::optional<ModelInfo> info;
  // A damaged model is refused by train(), which knows its backups.
  if (fs::exists(train.model / kModelFile)) info = readable_info(train.model / kModelFile);
  train.preset = network_for(options, info);
  // The article's own start is part of its recipe.
  if (!info && (options.preset != kArticle || !options.start_from.empty())) {
    NewStart start = new_start(options.start_from, train.preset);
    train.base = std::move(start.base);
    options.start_warning = std::move(start.warning);
  } else if (info && !options.start_from.empty()) {
    options.start_warning =
        "--start-from is of no effect: " + train.model.string() + " holds a model, which goes on";
  }
  if (!train.base.empty() && train.overrides.freeze_encoder.value_or(true))
    train.preset.network = network_from(train.base, train.preset.network);
  if (options.mode.empty() && info) options.mode = info->mode;
  train.mode =
      options.mode == name_of(TrainMode::Alternate) ? TrainMode::Alternate : TrainMode::Joint;
  for (const std::string& given : options.consent) train.consents.push_back(consent_note(given));
  RecipeOverrides& recipe = train.overrides;
  if (options.preset == kArticle) train.recipe = Recipe{};
  if (options.reference) recipe.reference = true;
  train.fit_batch = recipe.batch == kAutoBatch;
  if (recipe.batch <= 0) recipe.batch.reset();
  for (std::optional<double>* value :
       {&recipe.decay, &recipe.dssim, &recipe.placement, &recipe.warp, &recipe.mirror})
    if (*value && **value < 0) value->reset();
  if (recipe.rate == 0.0) recipe.rate.reset();
  check(recipe.mask.value_or(0) == 0 || train.preset.network.has_mask, ErrorCode::Usage,
        "train: --mask-loss ", recipe.mask.value_or(0), ", but the network of ", train.preset.name,
        " has no mask head; hd128 and hd256 have one");
  train.save_seconds = 60 * options.save_minutes;
  train.preview_seconds = 60 * options.preview_minutes;
  train.faces_memory = static_cast<std::size_t>(options.faces_mib) << 20;
  if (train.preview.empty()) train.preview = train.model / "preview.png";
  if (options.no_preview) train.preview.clear();
}

/// What takes memory, by name.
std::vector<std::pair<const char*, std::size_t>> parts_of(const TrainMemory& memory) {
  const LearnerMemory& learner = memory.learner;
  return {{"weights", learner.weights},   {"gradients", learner.gradients},
          {"moments", learner.moments},   {"activations", learner.activations},
          {"backward", learner.backward}, {"workspace", learner.workspace},
          {"faces", memory.faces}};
}

void log_memory(const TrainStart& start, Log& log) {
  std::string plan;
  for (const auto& [name, bytes] : parts_of(start.memory))
    plan += (plan.empty() ? "" : ", ") + std::string(name) + ' ' +
            human_bytes(static_cast<double>(bytes));
  log.info("memory " + human_bytes(static_cast<double>(start.memory.total())) + ": " + plan);
  const std::string whose = !start.b_on_host ? "A" : start.a_on_host ? "A and B" : "B";
  if (start.a_on_host || start.b_on_host)
    log.info("faces of " + whose + " stay in main memory and are uploaded batch by batch");
}

void log_start(const TrainStart& start, const TrainOptions& options, Log& log) {
  log.info("device " + start.device);
  if (start.ranks > 1)
    log.info(std::to_string(start.ranks) + " processes train together, " +
             std::to_string(start.recipe.batch) + " faces of each person on each");
  log_memory(start, log);
  log.info(options.preset.name + ", " + thousands(start.parameters) + " parameters; faces of A " +
           std::to_string(start.faces_a) + ", of B " + std::to_string(start.faces_b) +
           (start.resumed ? "; going on from iteration " + std::to_string(start.iteration) : ""));
  for (const std::string& note : start.notes) log.info(note);
  for (const FaceSet::Skipped& image : start.skipped)
    log.warn(image.file.string() + ": left out: " + image.why);
  const Recipe& recipe = start.recipe;
  if (recipe.freeze_encoder && !start.resumed && options.base.empty())
    log.warn("--freeze-encoder keeps random weights, since this model starts from no base");
  if (start.iteration >= options.iterations)
    log.warn(thousands(start.iteration) + " iterations are done already, and -i " +
             thousands(options.iterations) + " is the total: nothing is left to train");
  const std::int64_t begin = gan_begin(recipe, options.iterations);
  if (recipe.gan > 0 && start.iteration < begin && begin < options.iterations)
    log.info("the adversarial loss begins at iteration " + thousands(begin));
  if (start.without_mask == 0) return;
  const int faces = start.faces_a + start.faces_b;
  log.warn("no masks of " + thousands(start.without_mask) + " of " + thousands(faces) +
           " faces: their files hold no landmarks, as those of earlier versions; they count " +
           (start.without_mask == faces && options.preset.network.has_mask
                ? "unmasked, and no mask is learned"
                : "unmasked") +
           "; extract them again for masks");
}

Json as_json(const TrainReport& report, const TrainOptions& options) {
  const std::int64_t done = report.iteration - report.start.iteration;
  Json all{{"model", (options.model / kModelFile).string()},
           {"preset", options.preset.name},
           {"parameters", report.start.parameters},
           {"faces_a", report.start.faces_a},
           {"faces_b", report.start.faces_b},
           {"ranks", report.start.ranks},
           {"resumed", report.start.resumed},
           {"iteration", report.iteration},
           {"faces_seen", report.faces_seen},
           {"stopped", report.stopped},
           {"loss_a", report.loss_a},
           {"loss_b", report.loss_b},
           {"seconds", report.seconds},
           {"seconds_augmenting", report.seconds_augmenting},
           {"memory_bytes", report.start.memory.total()}};
  for (const auto& [name, bytes] : parts_of(report.start.memory)) all["memory"][name] = bytes;
  if (report.seconds > 0)
    all["faces_per_second"] = 2.0 * report.start.recipe.batch * report.start.ranks *
                              static_cast<double>(done) / report.seconds;
  return all;
}

/// Once training has taken the faces, and before it changes the model.
void keep_examples_of(const Options& options, Log& log) {
  const TrainOptions& train = options.train;
  const auto [a, b] = keep_examples(train.model, train.faces_a, train.faces_b, options.examples);
  if (a + b > 0)
    log.info("examples for detail: " + std::to_string(a) + " faces of A and " + std::to_string(b) +
             " of B are kept in the model");
}

/// Whether this process writes files and tells how training goes.
bool leads(const Options& options) {
  return options.train.group == nullptr || options.train.group->leads();
}

TrainCallbacks callbacks_with(Log& log, const Options& options) {
  return {.on_start =
              [&](const TrainStart& start) {
                if (!leads(options)) return;
                log_start(start, options.train, log);
                if (!options.start_warning.empty()) log.warn(options.start_warning);
                keep_examples_of(options, log);
                log.start_clock();
              },
          .on_progress =
              [&](const TrainProgress& at) {
                if (!leads(options)) return;
                log.progress("training", static_cast<long>(at.iteration),
                             static_cast<long>(at.iterations),
                             "loss A " + fixed(at.loss_a, 5) + " B " + fixed(at.loss_b, 5) + ", " +
                                 fixed(at.faces_per_second, 0) + " faces/s");
              },
          .should_stop = [] { return interrupted() != 0; },
          .on_warning = [&](const std::string& text) { log.warn(text); }};
}

const char* variable(const char* name) {
  return std::getenv(name);
}

/// Trains as one process, or as one rank of several.
Exit train_here(Options& options, const Flags& flags, std::optional<RankPlace> place, Log& log) {
  TrainOptions& train_options = options.train;
  Exec exec = open_device(device_of_rank(flags.common(), options.ranks, place, variable), log,
                          AutoPrecision::Faster);
  std::unique_ptr<ProcessGroup> group;
  if (place) {
    place->timeout = options.ranks.timeout;
    group = std::make_unique<ProcessGroup>(exec, *place);
    train_options.group = group.get();
    log.detail("gradients go by " + group->transport());
  }
  const TrainReport report = train(exec, train_options, callbacks_with(log, options));
  log.end_progress();
  const Exit done = report.start.skipped.empty() ? Exit::Ok : Exit::Partial;
  if (!leads(options)) return done;
  flags.save_beside(train_options.model);
  if (flags.common().json)
    std::cout << json_text(as_json(report, train_options)) << '\n';
  else
    std::cout << (train_options.model / kModelFile).string() << ": iteration " << report.iteration
              << ", loss A " << fixed(report.loss_a, 5) << ", B " << fixed(report.loss_b, 5)
              << '\n';
  return done;
}

}  // namespace

int train_command(Args args) {
  Options options;
  TrainOptions& train_options = options.train;
  Flags flags("train", "Learns to render two people's faces from their extracted faces.");
  add_flags(flags, options);
  flags.also([&] { resolve_options(options); });
  return flags.run(args, [&](Log& log) {
    if (!options.batches.empty()) {
      Exec exec = open_device(flags.common(), log, AutoPrecision::F32);  // as the other program did
      return compare_losses(exec,
                            {.model = train_options.model,
                             .batches = options.batches,
                             .losses = options.losses,
                             .mode = train_options.mode,
                             .rate = train_options.overrides.rate},
                            flags.common().json);
    }
    const std::optional<RankPlace> place = rank_of(variable);
    device_of_rank(flags.common(), options.ranks, place,
                   variable);  // refused here, and not by each
    if (const int ranks = ranks_to_start(options.ranks, place); ranks > 0)
      return static_cast<Exit>(launch_ranks(ranks, args, log));
    return train_here(options, flags, place, log);
  });
}

}  // namespace cameo
