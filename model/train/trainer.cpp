// SPDX-License-Identifier: MIT
#include "model/train/trainer.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/fnv1a.h"
#include "base/stopwatch.h"
#include "model/data/latent_stats.h"
#include "model/train/loss_monitor.h"
#include "model/train/match_to_base.h"
#include "model/train/preview.h"
#include "model/train/ranks.h"
#include "model/train/session.h"
#include "model/train/train_faces.h"
#include "model/train/trigger.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kHeldInterval = 100;  // iterations between measurements of held-out faces
constexpr double kFirstPreview = 60;         // seconds until a user sees whether it learns

Session open_session(const TrainOptions& options) {
  return Session({.folder = options.model,
                  .preset = options.preset,
                  .mode = options.mode,
                  .seed = options.seed,
                  .recipe = options.recipe,
                  .overrides = options.overrides,
                  .backups = options.backups,
                  .consents = options.consents,
                  .base = options.base,
                  .writes = Ranks(options.group).leads()});
}

class Trainer {
 public:
  Trainer(Exec& exec, const TrainOptions& options, const TrainCallbacks& callbacks)
      : exec_(exec),
        options_(options_of_rank(options)),
        ranks_(options.group),
        callbacks_(callbacks),
        session_(open_session(options)),
        gan_begin_(gan_begin(session_.recipe(), options.iterations)),
        faces_(exec, {options.faces_a, options.targets_a}, {options.faces_b, options.targets_b},
               face_side(options.preset.network),
               {.masks = wants_masks(options.preset.network, session_.recipe()),
                .yaws = session_.recipe().uniform_yaw > 0}),
        saves_(options.save_interval, options_.save_seconds, options_.save_seconds),
        previews_(options.preview_interval, options_.preview_seconds,
                  std::min(kFirstPreview, options_.preview_seconds)) {
    make_folder(options_.preview.parent_path());
    session_.check_faces(faces_.source(Side::A).print, faces_.source(Side::B).print, options.force);
    // Sums keep their last bits only if every operation is computed by the same algorithm.
    run(exec_, [&](auto& on) {
      for (const auto& [operation, algorithm] : state().tuning) on.tuning[operation] = algorithm;
    });
    ranks_.share_precision(exec_);
    if (options.fit_batch) fit_batch();
    if (!ranks_.leads()) ranks_.share_tuning(exec_);
    learner_ = std::make_unique<Learner>(
        exec_, Learner::Options{.network = options.preset.network,
                                .recipe = recipe(),
                                .mode = options.mode,
                                .adversarial = state().info.iteration >= gan_begin_,
                                .masks = faces_.has_masks(),
                                .group = options.group});
    if (ranks_.leads()) ranks_.share_tuning(exec_);
    place_faces();
    // Where images can be made by what is recorded, a whole iteration is one replay.
    records_images_ = faces_.can_record();
    record();
    session_.load(*learner_);
    match_to_base(exec_, learner_->params(), options.preset.network, session_.base_latents(),
                  {faces_.reader(Side::A), faces_.reader(Side::B), measures_mirrored(recipe())},
                  ranks_);
    if (recipe().cycle > 0) match_latents();
    check_same_start();
    learner_->set_schedule(options.iterations);
    faces_.start_order(state());
    if (recipe().plateau > 0) learner_->set_rate(recipe().rate * state().plateau.share);
    monitor_ = std::make_unique<LossMonitor>(
        ranks_.leads() ? options.model / "metrics.csv" : fs::path(), state().info.iteration,
        LossMonitor::Options{.names = learner_->loss_names(),
                             .held = faces_.held_batches() > 0,
                             .interval = options.metrics_interval,
                             .faces = faces_per_iteration(),
                             .max_rise = options.max_rise,
                             .start = session_.start() == Session::Start::Initial
                                          ? DivergenceDetector::Start::Initial
                                          : DivergenceDetector::Start::Trained});
    describe_start();
  }

  TrainReport train() {
    if (callbacks_.on_start) callbacks_.on_start(report_.start);
    const bool idle = state().info.iteration >= options_.iterations;
    saves_.start(now());
    previews_.start(checked_ = now());
    while (state().info.iteration < options_.iterations && !report_.stopped) {
      iterate();
      if (ranks_.count() == 1) report_.stopped = asked_to_stop();
    }
    if (!idle) finish();
    report_.iteration = state().info.iteration;
    report_.faces_seen = state().info.faces_seen;
    report_.seconds = monitor_->seconds();
    if (const auto& rows = monitor_->metrics().rows(); !rows.empty()) {
      report_.loss_a = rows.back().loss_a;
      report_.loss_b = rows.back().loss_b;
    }
    return report_;
  }

 private:
  TrainingState& state() { return session_.state(); }
  const Recipe& recipe() const { return session_.recipe(); }
  std::int64_t faces_per_iteration() const {
    return std::int64_t{2} * recipe().batch * ranks_.count();
  }
  bool asked_to_stop() const { return callbacks_.should_stop && callbacks_.should_stop(); }
  double now() const { return callbacks_.clock ? callbacks_.clock() : steady_seconds(); }

  void fit_batch() {
    const std::size_t bytes = run(exec_, [](auto& on) { return on.memory_budget(); });
    const int batch = Learner::largest_batch(exec_,
                                             {.network = options_.preset.network,
                                              .recipe = recipe(),
                                              .mode = options_.mode,
                                              .masks = faces_.has_masks()},
                                             bytes);
    session_.set_batch(static_cast<int>(ranks_.least(batch)));
  }

  /// Ranks that differ would train, but not the same model.
  void check_same_start() {
    if (ranks_.count() == 1) return;
    const TrainingState& at = state();
    std::ostringstream start;
    start << at.info.network.kind << " (" << at.info.network.settings << "), iteration "
          << at.info.iteration << " of " << options_.iterations << ", seed " << at.seed
          << ", batch " << at.recipe->batch << ", " << precision_in_words(exec_) << ", "
          << faces_.source(Side::A).count << " faces of A and " << faces_.source(Side::B).count
          << " of B";
    Fnv1a hash;
    for (const std::string& part :
         {text_of(at.print_a), text_of(at.print_b), std::to_string(hash_of(learner_->params())),
          std::to_string(options_.save_interval), std::to_string(options_.preview_interval)})
      hash.add(part + '\n');
    for (const std::string& note : differences(*at.recipe, Recipe{})) hash.add(note + '\n');
    ranks_.check_same(start.str(), hash.value());
  }

  void describe_start() {
    TrainStart& start = report_.start;
    const TrainFaces::Source &a = faces_.source(Side::A), &b = faces_.source(Side::B);
    start.iteration = state().info.iteration;
    start.resumed = session_.start() == Session::Start::Weights ||
                    session_.start() == Session::Start::Checkpoint;
    start.recipe = recipe();
    start.notes = session_.notes();
    start.faces_a = a.count;
    start.faces_b = b.count;
    start.a_on_host = a.on_host;
    start.b_on_host = b.on_host;
    start.without_mask = a.without_mask + b.without_mask;
    start.skipped = a.skipped;
    start.skipped.insert(start.skipped.end(), b.skipped.begin(), b.skipped.end());
    start.device = run(exec_, [](auto& on) { return on.about(); });
    start.ranks = ranks_.count();
    start.parameters = learner_->params().parameters();
    start.memory.learner = learner_->memory();
  }

  bool adversarial_due() {
    return recipe().gan > 0 && !learner_->adversarial() && state().info.iteration >= gan_begin_;
  }

  /// Device memory that the learner will take beyond what it has.
  std::size_t memory_to_come() {
    if (recipe().gan == 0 || learner_->adversarial()) return 0;
    const std::size_t all =
        Learner::plan_memory(exec_, {options_.preset.network, recipe(), options_.mode}).total();
    return all - std::min(all, learner_->memory().total());
  }

  /// After the network has its memory.
  void place_faces() {
    std::size_t bytes = options_.faces_memory;
    if (bytes == 0) {
      const std::size_t left = run(exec_, [](auto& on) { return on.memory_budget(); });
      bytes = left - std::min(left, memory_to_come());
    }
    report_.start.memory.faces = faces_.place(
        bytes,
        {.batch = recipe().batch,
         .coverage = static_cast<double>(options_.preset.network.coverage) / kFaceSide,
         .reference = recipe().reference,
         .tones = recipe().augment.transfer > 0},
        {recipe().batch, options_.preset.network.size, options_.preset.network.size, kColours},
        ranks_.share());
  }

  void record() {
    if (records_images_) learner_->record([this](Side side) { draw(side); });
  }

  void begin_adversarial() {
    collect_losses();
    monitor_->end_row(state().info.iteration, state().info.faces_seen);
    learner_->begin_adversarial();
    if (recipe().cycle > 0) match_latents();
    record();
  }

  void iterate() {
    ranks_.check_ranks();
    if (adversarial_due()) begin_adversarial();
    if (learner_->steps_started() == 0) begun_ = steady_seconds();
    for (const Side side : {Side::A, Side::B}) {
      faces_.choose(side, learner_->steps_started(),
                    static_cast<std::uint64_t>(state().info.iteration));
      if (!records_images_) draw(side);
    }
    learner_->start_step();
    const std::int64_t i = ++state().info.iteration;
    state().info.faces_seen += faces_per_iteration();
    if (faces_.held_batches() > 0 && i % kHeldInterval == 0) measure_held();
    const bool full = learner_->steps_started() == learner_->steps_ahead();
    // Ranks read losses after the same iterations, while their clocks differ: time is up only where
    // all of them read.
    const auto time = [&] { return checked_ = ranks_.count() == 1 || full ? now() : checked_; };
    const bool saves = saves_.due(i, time()), previews = previews_.due(i, time());
    if (full || saves || previews) collect_losses();
    if (i == options_.iterations || !ranks_.leads()) return;  // finish() does both
    if (saves) save();
    if (previews) write_preview();
  }

  /// Renders the held-out faces as they are, and lowers the rate where that gains no more.
  void measure_held() {
    run(exec_, [](auto& on) { on.synchronize(); });  // steps read the choice that is replaced
    Recipe still = recipe();
    still.augment = {.placement = 0, .warp = 0, .mirror = 0};
    double a = 0, b = 0;
    const int batches = faces_.held_batches();
    for (int k = 0; k < batches; ++k) {
      for (const Side side : {Side::A, Side::B}) {
        faces_.choose_held(side, k);
        draw(side, still);
      }
      const Learner::Losses found = learner_->evaluate();
      a += found.a / batches;
      b += found.b / batches;
    }
    const std::vector<double> all = ranks_.mean({a, b});
    monitor_->add_held(all[0], all[1]);
    if (recipe().plateau > 0 && take_loss(state().plateau, all[0] + all[1], recipe().plateau))
      learner_->set_rate(recipe().rate * state().plateau.share);
  }

  void draw(Side side) { draw(side, recipe()); }
  void draw(Side side, const Recipe& recipe) {
    const Stopwatch watch(report_.seconds_augmenting);
    faces_.draw(side, state().seed, recipe,
                {.input = learner_->face(side),
                 .target = learner_->target(side),
                 .mask = learner_->mask(side),
                 .weights = learner_->weights(side)});
  }

  /// Waits for the steps that were started.
  void collect_losses() {
    std::vector<Learner::Losses> all = learner_->losses();
    if (all.empty()) return;
    if (ranks_.count() > 1) report_.stopped = ranks_.agree(all, asked_to_stop());
    const double seconds = (steady_seconds() - begun_) / static_cast<double>(all.size());
    std::int64_t i = state().info.iteration - static_cast<std::int64_t>(all.size());
    for (const Learner::Losses& losses : all) {
      ++i;
      if (const auto failure = monitor_->add(i, faces_seen_at(i), losses, seconds))
        fail_training(i, *failure);
      report_progress(i, losses);
    }
  }

  void report_progress(std::int64_t i, const Learner::Losses& losses) {
    if (!callbacks_.on_progress) return;
    const double seconds = monitor_->seconds_per_iteration();
    callbacks_.on_progress({i, options_.iterations, faces_seen_at(i), losses.a, losses.b,
                            static_cast<double>(faces_per_iteration()) / seconds,
                            static_cast<double>(options_.iterations - i) * seconds});
  }

  std::int64_t faces_seen_at(std::int64_t iteration) {
    return state().info.faces_seen - faces_per_iteration() * (state().info.iteration - iteration);
  }

  [[noreturn]] void fail_training(std::int64_t iteration, const LossMonitor::Failure& failure) {
    if (failure.diverged != nullptr)
      fail(ErrorCode::Failed, "train: broken down: the loss of ",
           failure.side == Side::A ? "A" : "B", ", ", failure.diverged->minimum(),
           " at its least, is ", failure.diverged->smoothed(), " by iteration ", iteration, "; ",
           session_.advice(failure.diverged->sound_until()), " with a lower rate than ",
           learner_->rate());
    const std::string bad = learner_->find_nan();
    const bool kept = fs::exists(session_.file());
    fail(ErrorCode::Failed, "train: a loss is not finite at iteration ", iteration,
         bad.empty() ? "" : ", first in ", bad, "; ",
         kept ? "the last checkpoint is kept in " : "nothing is saved in ",
         kept ? session_.file().string() : options_.model.string(), "; a lower rate than ",
         learner_->rate(), " may help");
  }

  void warn(const std::string& text) const {
    if (callbacks_.on_warning) callbacks_.on_warning(text);
  }

  void save() {
    faces_.save_order(state());
    const auto tuning = [&] { return run(exec_, [](auto& on) { return on.tuning; }); };
    const std::string problem = session_.save(learner_->tensors(), [&](TrainingState& state) {
      state.tuning = tuning();
      state.latents_a = summary_of(latents_of(Side::A));
      state.latents_b = summary_of(latents_of(Side::B));
      state.tuning = tuning();  // the measurement's graph has operations of its own
    });
    if (!problem.empty())
      warn("iteration " + std::to_string(state().info.iteration) +
           " is saved without moments of the latents: " + problem);
    monitor_->metrics().write_plot(options_.model / "loss.svg");
  }

  LatentSample latents_of(Side side) {
    return sample_latents(exec_, learner_->rendered(), options_.preset.network, faces_.reader(side),
                          measures_mirrored(recipe()), side);
  }

  void match_latents() {
    learner_->match_latents(ranks_.mean(latents_of(Side::A)), ranks_.mean(latents_of(Side::B)));
  }

  /// A preview that lacks memory is no reason to end training.
  void write_preview() {
    if (options_.preview.empty() || preview_failed_) return;
    try {
      ParamStore& rendered = learner_->rendered();
      if (!preview_)
        preview_ = std::make_unique<Preview>(exec_, rendered, options_.preset.network,
                                             faces_.reader(Side::A), faces_.reader(Side::B));
      write_png(options_.preview, preview_->draw());
    } catch (const Error& e) {
      if (e.code() != ErrorCode::Device) throw;
      preview_failed_ = true;
      warn(std::string("no previews: ") + e.what());
    }
  }

  void finish() {
    collect_losses();
    monitor_->end_row(state().info.iteration, state().info.faces_seen);
    if (!ranks_.leads()) return;
    save();
    write_preview();
  }

  Exec& exec_;
  const TrainOptions options_;
  const Ranks ranks_;
  const TrainCallbacks& callbacks_;
  Session session_;
  std::int64_t gan_begin_;  ///< iterations after which the discriminator trains, if there is one
  TrainFaces faces_;
  std::unique_ptr<Learner> learner_;
  std::unique_ptr<LossMonitor> monitor_;
  std::unique_ptr<Preview> preview_;
  Trigger saves_, previews_;
  TrainReport report_;
  bool records_images_ = false, preview_failed_ = false;
  double checked_ = 0;  ///< the time that saves and previews go by
  double begun_ = 0;    ///< when the first of the steps started that nobody has waited for
};

}  // namespace

TrainReport train(Exec& exec, const TrainOptions& options, const TrainCallbacks& callbacks) {
  check_options(options);
  return Trainer(exec, options, callbacks).train();
}

}  // namespace cameo
