// SPDX-License-Identifier: MIT
#include <algorithm>
#include <iostream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "model/train/checkpoint.h"
#include "model/train/replay.h"
#include "model/train/trainer.h"
#include "tools/cli/device.h"
#include "tools/cli/flags.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/text.h"
#include "tools/commands.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// The word for the article's system; its network is the model's own, or original.
constexpr const char* kArticle = "article";

/// What of a preset's recipe shall be otherwise; -1 leaves it.
struct RecipeWishes {
  double fall = -1, dssim = -1, placement = -1, warp = -1, mirror = -1;
};

/// Options that TrainOptions holds in another form.
struct Extra {
  std::string preset;
  double rate = 0;
  RecipeWishes recipe;
  int faces_mib = 0;
  bool no_preview = false;
  fs::path batches, losses;
};

void add_recipe_flags(Flags& flags, RecipeWishes& wishes) {
  flags
      .add("--fall", &wishes.fall,
           "Last share of the iterations over which the rate falls; "
           "-1, here and below: as the preset has it")
      .range(-1, 1);
  flags.add("--dssim", &wishes.dssim, "Weight of structural dissimilarity beside the mean error")
      .range(-1, 100);
  flags
      .add("--placement", &wishes.placement,
           "Strength of the random turning, scaling and shifting, 1 is the article's")
      .range(-1, 4);
  flags.add("--warp", &wishes.warp, "Strength of the random bending, 1 is the article's")
      .range(-1, 4);
  flags.add("--mirror", &wishes.mirror, "Share of the images that are mirrored").range(-1, 1);
}

void add_flags(Flags& flags, TrainOptions& options, Extra& extra) {
  options.batch = 0;  // until the preset is known
  std::vector<std::string> names;
  for (const Preset& known : presets()) names.emplace_back(known.name);
  names.emplace_back(kArticle);
  flags.add("-A,--faces-a", &options.faces_a, "Folders of A's extracted faces");
  flags.add("-B,--faces-b", &options.faces_b, "Folders of B's");
  flags.add("-m,--model", &options.model, "Folder of the model; training goes on if it holds one")
      .required();
  flags
      .add("-t,--preset", &extra.preset,
           "The network; else the model's own, or original. article: all as the article's program "
           "did")
      .words(names);
  flags
      .add("-b,--batch", &options.batch,
           "Faces of each person in an iteration; 0: as the preset has it")
      .range(0, 4096);
  flags.add("-i,--iterations", &options.iterations, "That the model shall have in the end")
      .range(1);
  flags.add("-s,--save-interval", &options.save_interval, "Iterations between saves").range(1);
  flags.add("-w,--preview", &options.preview, "Preview image; else preview.png in the model");
  flags.add("--no-preview", &extra.no_preview, "Draw none");
  flags.add("--preview-interval", &options.preview_interval, "Iterations between previews")
      .range(1);
  flags.add("--metrics-interval", &options.metrics_interval, "Iterations to a row of metrics.csv")
      .range(1);
  flags.add("--backups", &options.backups, "Earlier saves that are kept").range(0, 100);
  flags
      .add("--most-rise", &options.most_rise,
           "Training has broken down, and ends, where a loss is so many times its least, both "
           "smoothed over 50 iterations; 0: never")
      .range(0, 1000);
  flags.choose("--mode", options.mode,
               {{"joint", TrainMode::Joint}, {"alternate", TrainMode::Alternate}},
               "Both people in one step, or in turn as the article's program did");
  flags.add("--rate", &extra.rate, "Learning rate; 0 takes the preset's").range(0, 1);
  add_recipe_flags(flags, extra.recipe);
  flags.add("--faithful", &options.faithful,
            "Round the images' places as the article's program did");
  flags
      .add("--faces-memory", &extra.faces_mib,
           "MiB of a GPU's memory that faces may take, the others wait in main memory; 0: what the "
           "network leaves")
      .range(0);
  flags.add("--seed", &options.seed, "Of first weights, order and augmentation");
  flags.add("--batches", &extra.batches,
            "Instead of faces: safetensors with x_a, t_a, x_b, t_b [steps,N,S,S,3], to compare "
            "losses with another program's; the model stays as it is");
  flags.add("--losses", &extra.losses, "With --batches: safetensors file for losses [steps,2]");
  flags.implies("preset", kArticle,
                {{"mode", "alternate"},
                 {"faithful", true},
                 {"batch", 1},
                 {"save-interval", 100},
                 {"iterations", 45000}});
  flags.needs(extra.batches);
  flags.makes(extra.losses);
}

/// Fills in what the user wishes otherwise than the preset has it.
void apply(const RecipeWishes& wishes, Recipe& recipe) {
  const auto set = [](double& to, double wish) { to = wish < 0 ? to : wish; };
  set(recipe.fall, wishes.fall);
  set(recipe.dssim, wishes.dssim);
  set(recipe.augment.placement, wishes.placement);
  set(recipe.augment.warp, wishes.warp);
  set(recipe.augment.mirror, wishes.mirror);
}

void check_wishes(const TrainOptions& options, const Extra& extra) {
  const bool faces = !options.faces_a.empty() || !options.faces_b.empty();
  check(extra.batches.empty() == extra.losses.empty(), ErrorCode::Usage,
        "train: --batches and --losses go together");
  check(extra.batches.empty() || !faces, ErrorCode::Usage,
        "train: either faces of A and B or --batches");
  check(!extra.batches.empty() || (!options.faces_a.empty() && !options.faces_b.empty()),
        ErrorCode::Usage, "train: needs --faces-a and --faces-b (cameo train --help)");
}

/// Fills in what depends on the model's folder.
void resolve_options(TrainOptions& options, Extra& extra) {
  check_wishes(options, extra);
  for (const auto* folders : {&options.faces_a, &options.faces_b})
    for (const fs::path& folder : *folders) require_there(folder);
  const fs::path file = options.model / kModelFile;
  const bool article = extra.preset == kArticle;
  const bool named = !extra.preset.empty() && !article;
  if (!named && fs::exists(file))
    options.preset = preset_of(read_model_info(file).network);
  else
    options.preset = preset(named ? extra.preset : "original");
  if (article) options.preset.recipe = {};
  apply(extra.recipe, options.preset.recipe);
  if (options.batch == 0) options.batch = options.preset.recipe.batch;
  if (extra.rate > 0) options.rate = extra.rate;
  options.faces_memory = static_cast<std::size_t>(extra.faces_mib) << 20;
  if (options.preview.empty()) options.preview = options.model / "preview.png";
  if (extra.no_preview) options.preview.clear();
}

std::string fixed(double number, int digits) {
  std::ostringstream text;
  text.setf(std::ios::fixed);
  text.precision(digits);
  text << number;
  return text.str();
}

/// What takes memory, by name.
std::vector<std::pair<const char*, std::size_t>> parts_of(const TrainMemory& memory) {
  const LearnerMemory& learner = memory.learner;
  return {{"weights", learner.weights},   {"gradients", learner.gradients},
          {"moments", learner.moments},   {"activations", learner.activations},
          {"backward", learner.backward}, {"workspace", learner.workspace},
          {"faces", memory.faces}};
}

void tell_memory(const TrainStart& start, Log& log) {
  std::string plan;
  for (const auto& [name, bytes] : parts_of(start.memory))
    plan += (plan.empty() ? "" : ", ") + std::string(name) + ' ' +
            human_bytes(static_cast<double>(bytes));
  log.info("memory " + human_bytes(static_cast<double>(start.memory.total())) + ": " + plan);
  if (start.a_on_host || start.b_on_host)
    log.info(std::string("faces of ") +
             (!start.b_on_host  ? "A"
              : start.a_on_host ? "A and B"
                                : "B") +
             " stay in main memory and are uploaded batch by batch");
}

void tell_start(const TrainStart& start, const TrainOptions& options, Log& log) {
  log.info("device " + start.device);
  tell_memory(start, log);
  log.info(options.preset.name + ", " + thousands(start.parameters) + " parameters; faces of A " +
           std::to_string(start.faces_a) + ", of B " + std::to_string(start.faces_b) +
           (start.resumed ? "; going on from iteration " + std::to_string(start.iteration) : ""));
  for (const FaceSet::Skipped& image : start.skipped)
    log.warn(image.file.string() + ": left out: " + image.why);
}

Json as_json(const TrainReport& report, const TrainOptions& options) {
  const std::int64_t done = report.iteration - report.start.iteration;
  Json all{{"model", (options.model / kModelFile).string()},
           {"preset", options.preset.name},
           {"parameters", report.start.parameters},
           {"faces_a", report.start.faces_a},
           {"faces_b", report.start.faces_b},
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
    all["faces_per_second"] = 2.0 * options.batch * static_cast<double>(done) / report.seconds;
  return all;
}

TrainCallbacks callbacks_with(Log& log, const TrainOptions& options) {
  return {.on_start = [&](const TrainStart& start) { tell_start(start, options, log); },
          .on_progress =
              [&](const TrainProgress& at) {
                log.progress("training", static_cast<long>(at.iteration),
                             static_cast<long>(at.iterations),
                             "loss A " + fixed(at.loss_a, 5) + " B " + fixed(at.loss_b, 5) + ", " +
                                 fixed(at.faces_per_second, 0) + " faces/s");
              },
          .should_stop = [] { return interrupted() != 0; }};
}

Exit compare_losses(Exec exec, const TrainOptions& options, const Extra& extra, bool json) {
  const std::int64_t steps = replay_batches(exec, {.model = options.model,
                                                   .batches = extra.batches,
                                                   .losses = extra.losses,
                                                   .mode = options.mode,
                                                   .rate = options.rate});
  if (json)
    std::cout << json_text(Json{{"losses", extra.losses.string()}, {"steps", steps}}) << '\n';
  else
    std::cout << extra.losses.string() << ": losses of " << steps << " steps\n";
  return Exit::Ok;
}

}  // namespace

int train_command(Args args) {
  TrainOptions options;
  Extra extra;
  Flags flags("train", "Learns to draw two people's faces from their extracted faces.");
  add_flags(flags, options, extra);
  flags.also([&] { resolve_options(options, extra); });
  return flags.run(args, [&](Log& log) {
    Exec exec = open_device(flags.common(), log);
    if (!extra.batches.empty())
      return compare_losses(std::move(exec), options, extra, flags.common().json);
    const TrainReport report = train(exec, options, callbacks_with(log, options));
    log.end_progress();
    flags.save_beside(options.model);
    if (flags.common().json)
      std::cout << json_text(as_json(report, options)) << '\n';
    else
      std::cout << (options.model / kModelFile).string() << ": iteration " << report.iteration
                << ", loss A " << fixed(report.loss_a, 5) << ", B " << fixed(report.loss_b, 5)
                << '\n';
    return report.start.skipped.empty() ? Exit::Ok : Exit::Partial;
  });
}

}  // namespace cameo
