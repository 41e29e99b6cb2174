// SPDX-License-Identifier: MIT
#include "model/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "model/data/device_dataset.h"
#include "model/data/latent_stats.h"
#include "model/data/sampler.h"
#include "model/train/checkpoint.h"
#include "model/train/divergence.h"
#include "model/train/metrics.h"
#include "model/train/preview.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;
using Moment = std::chrono::steady_clock::time_point;

Moment now() {
  return std::chrono::steady_clock::now();
}
double seconds_since(Moment start) {
  return std::chrono::duration<double>(now() - start).count();
}

void check_options(const TrainOptions& options) {
  check(options.batch > 0 && options.iterations > 0 && options.save_interval > 0 &&
            options.metrics_interval > 0 && options.preview_interval > 0 && options.backups >= 0,
        ErrorCode::Usage, "train: batch ", options.batch, ", iterations ", options.iterations,
        ", intervals ", options.save_interval, ", ", options.metrics_interval, ", ",
        options.preview_interval, " must be positive");
  check(std::isfinite(options.most_rise) && (options.most_rise == 0 || options.most_rise > 1),
        ErrorCode::Usage, "train: most_rise ", options.most_rise, " must be 0 or above 1");
  check(!options.rate || (std::isfinite(*options.rate) && *options.rate > 0), ErrorCode::Usage,
        "train: rate ", options.rate.value_or(0), " must be positive");
}

/// The state in the model's folder, or that of a new model; opens its file if there is one.
TrainingState state_at_start(const fs::path& file, const TrainOptions& options,
                             std::optional<SafetensorsFile>& found) {
  std::error_code error;
  fs::create_directories(options.model, error);
  check(fs::is_directory(options.model), ErrorCode::Input, options.model.string(),
        ": cannot make this folder: ", error.message());
  if (options.preview.has_parent_path())
    fs::create_directories(options.preview.parent_path(), error);
  if (fs::exists(file)) found.emplace(file);
  TrainingState state;
  if (found) state = read_training_state(*found);
  const ModelInfo& info = state.info;
  const Network& wanted = options.preset.network;
  check(!found || info.network == wanted, ErrorCode::Format, file.string(),
        ": holds a model of preset ", info.preset, " (", info.network.settings, "), wanted ",
        options.preset.name, " (", wanted.settings, "); choose another folder, or that preset");
  check(info.mode.empty() || info.mode == name_of(options.mode), ErrorCode::Format, file.string(),
        ": was trained in mode ", info.mode, ", wanted ", name_of(options.mode),
        "; choose another folder, or that mode");
  if (info.mode.empty()) state.seed = options.seed;
  state.info.preset = options.preset.name;
  state.info.network = wanted;
  state.info.mode = name_of(options.mode);
  return state;
}

/// Sums up losses and time between two rows of metrics.csv.
struct Interval {
  double loss_a = 0, loss_b = 0;
  double seconds = 0;
  std::int64_t iterations = 0;
};

class Trainer {
 public:
  Trainer(Exec& exec, const TrainOptions& options, const TrainCallbacks& callbacks)
      : exec_(exec), options_(options), callbacks_(callbacks), file_(options.model / kModelFile) {
    state_ = state_at_start(file_, options, found_);
    report_.start.resumed = found_.has_value();
    read_faces();
    // Sums keep their last bits only if every operation is computed in the same way as before.
    run(exec_, [&](auto& on) {
      for (const auto& [operation, way] : state_.tuning) on.tuning[operation] = way;
    });
    const double rate = options.rate.value_or(options.preset.recipe.rate);
    learner_ = std::make_unique<Learner>(
        exec_, Learner::Options{options.preset, options.mode, options.batch, rate});
    place_faces();
    // Where images can be made by what is recorded, a whole iteration is one replay.
    records_images_ = a_->can_record() && b_->can_record();
    if (records_images_) learner_->record([this](Side side) { draw(side); });
    load_weights_or_draw();
    learner_->set_schedule(options.iterations);
    metrics_ = std::make_unique<Metrics>(options.model / "metrics.csv", state_.info.iteration);
    order_a_ = std::make_unique<ShuffledSampler>(a_->count(), state_.seed, 0U, state_.order_a);
    order_b_ = std::make_unique<ShuffledSampler>(b_->count(), state_.seed, 1U, state_.order_b);
    report_.start.iteration = state_.info.iteration;
    report_.start.device = run(exec_, [](auto& on) { return on.about(); });
    report_.start.parameters = learner_->params().parameters();
    report_.start.memory.learner = learner_->memory();
  }

  TrainReport train() {
    if (callbacks_.on_start) callbacks_.on_start(report_.start);
    const bool idle = state_.info.iteration >= options_.iterations;
    while (state_.info.iteration < options_.iterations && !report_.stopped) {
      iterate();
      report_.stopped = callbacks_.should_stop && callbacks_.should_stop();
    }
    if (!idle) finish();
    report_.iteration = state_.info.iteration;
    report_.faces_seen = state_.info.faces_seen;
    if (!metrics_->rows().empty()) {
      report_.loss_a = metrics_->rows().back().loss_a;
      report_.loss_b = metrics_->rows().back().loss_b;
    }
    return report_;
  }

 private:
  void read_faces() {
    const auto read = [&](const std::vector<fs::path>& folders, int* count) {
      FaceSet set = load_faces(folders, face_side(options_.preset.network));
      *count = set.count();
      auto& skipped = report_.start.skipped;
      skipped.insert(skipped.end(), set.skipped.begin(), set.skipped.end());
      return set;
    };
    faces_a_ = read(options_.faces_a, &report_.start.faces_a);
    faces_b_ = read(options_.faces_b, &report_.start.faces_b);
  }

  /// After the network has its memory. A's faces first; what does not fit stays on the host.
  void place_faces() {
    std::size_t left = options_.faces_memory > 0
                           ? options_.faces_memory
                           : run(exec_, [](auto& on) { return on.memory_budget(); });
    const auto place = [&](FaceSet& set, bool* on_host) {
      const double pixels = options_.preset.network.coverage;
      DeviceDataset::Options options{
          .batch = options_.batch, .coverage = pixels / kFaceSide, .faithful = options_.faithful};
      *on_host = set.bytes.size() > left;
      if (*on_host) options.place = DeviceDataset::Place::Host;
      const std::size_t taken = DeviceDataset::device_bytes(set, options);
      left -= std::min(left, taken);
      report_.start.memory.faces += taken;
      auto pool = std::make_unique<DeviceDataset>(exec_, set, options);
      set = {};
      return pool;
    };
    a_ = place(faces_a_, &report_.start.a_on_host);
    b_ = place(faces_b_, &report_.start.b_on_host);
  }

  void load_weights_or_draw() {
    if (found_ && state_.info.iteration > 0) {
      load_train_tensors(*found_, learner_->learned());
      if (options_.rate) learner_->set_rate(*options_.rate);
    } else if (found_) {
      load_weights(*found_, learner_->params());
    } else {
      learner_->initialize(state_.seed);
    }
    found_.reset();
  }

  void iterate() {
    const Moment start = now();
    if (learner_->steps_started() == 0) begun_ = start;
    choose_faces();
    learner_->start_step();
    ++state_.info.iteration;
    state_.info.faces_seen += 2 * std::int64_t{options_.batch};
    const std::int64_t i = state_.info.iteration;
    const bool saves = i % options_.save_interval == 0, draws = i % options_.preview_interval == 0;
    if (learner_->steps_started() == learner_->steps_ahead() || saves || draws) collect_losses();
    if (i == options_.iterations) return;  // finish() does both
    if (saves) save();
    if (draws) draw_preview();
  }

  /// Waits for the steps that were started.
  void collect_losses() {
    const std::vector<Learner::Losses> all = learner_->losses();
    if (all.empty()) return;
    const double seconds = seconds_since(begun_) / static_cast<double>(all.size());
    std::int64_t i = state_.info.iteration - static_cast<std::int64_t>(all.size());
    for (const Learner::Losses& losses : all) note(++i, losses, seconds);
  }

  void note(std::int64_t i, const Learner::Losses& losses, double seconds) {
    if (!std::isfinite(losses.a) || !std::isfinite(losses.b)) give_up(i);
    if (watch_a_.diverged(i, losses.a)) fail_diverged(i, "A", watch_a_);
    if (watch_b_.diverged(i, losses.b)) fail_diverged(i, "B", watch_b_);
    interval_.loss_a += losses.a;
    interval_.loss_b += losses.b;
    ++interval_.iterations;
    report_.seconds += seconds;
    interval_.seconds += seconds;
    recent_ = recent_ == 0 ? seconds : 0.9 * recent_ + 0.1 * seconds;
    if (i % options_.metrics_interval == 0) add_row(i);
    if (callbacks_.on_progress) {
      callbacks_.on_progress({i, options_.iterations, faces_seen_at(i), losses.a, losses.b,
                              2 * options_.batch / recent_,
                              static_cast<double>(options_.iterations - i) * recent_});
    }
  }

  std::int64_t faces_seen_at(std::int64_t iteration) const {
    return state_.info.faces_seen -
           std::int64_t{2} * options_.batch * (state_.info.iteration - iteration);
  }

  void choose_faces() {
    const auto iteration = static_cast<std::uint64_t>(state_.info.iteration);
    std::vector<std::int32_t> numbers(static_cast<std::size_t>(options_.batch));
    for (const Side side : {Side::A, Side::B}) {
      (side == Side::A ? order_a_ : order_b_)->next(numbers);
      pool(side).choose(numbers, learner_->steps_started(), iteration);
      if (!records_images_) draw(side);
    }
  }

  /// The images depend on seed, iteration and sample alone: the second half of the samples is
  /// B's.
  void draw(Side side) {
    const Moment start = now();
    const auto first = static_cast<std::uint32_t>(side == Side::A ? 0 : options_.batch);
    pool(side).draw(
        {.seed = state_.seed, .first_sample = first, .strength = options_.preset.recipe.augment},
        learner_->face(side), learner_->target(side));
    report_.seconds_augmenting += seconds_since(start);
  }

  DeviceDataset& pool(Side side) { return side == Side::A ? *a_ : *b_; }

  [[noreturn]] void give_up(std::int64_t iteration) {
    const std::string bad = learner_->find_nan();
    const bool kept = fs::exists(file_);
    fail(ErrorCode::Failed, "train: a loss is not finite at iteration ", iteration,
         bad.empty() ? "" : ", first in ", bad, "; ",
         kept ? "the last checkpoint is kept in " : "nothing is saved in ",
         kept ? file_.string() : options_.model.string(), "; a lower rate than ", learner_->rate(),
         " may help");
  }

  [[noreturn]] void fail_diverged(std::int64_t iteration, const char* side,
                                  const DivergenceDetector& watch) {
    const fs::path sound = newest_checkpoint(file_, options_.backups, watch.sound_until());
    const std::string next =
        sound.empty()    ? "no checkpoint is from before; begin anew"
        : sound == file_ ? "the checkpoint is from before; train on"
                         : "copy " + sound.string() + " over " + file_.string() + " and train on";
    fail(ErrorCode::Failed, "train: broken down: the loss of ", side, ", ", watch.minimum(),
         " at its least, is ", watch.smoothed(), " by iteration ", iteration, "; ", next,
         " with a lower rate than ", learner_->rate());
  }

  void add_row(std::int64_t iteration) {
    if (interval_.iterations == 0) return;
    const auto count = static_cast<double>(interval_.iterations);
    metrics_->add({iteration, faces_seen_at(iteration), interval_.loss_a / count,
                   interval_.loss_b / count, metrics_->seconds() + interval_.seconds,
                   2 * options_.batch * count / interval_.seconds});
    interval_ = {};
  }

  void save() {
    state_.order_a = order_a_->place();
    state_.order_b = order_b_->place();
    state_.latents_a = code_of_side(*a_);
    state_.latents_b = code_of_side(*b_);
    state_.tuning = run(exec_, [](auto& on) { return on.tuning; });
    save_checkpoint(file_, state_, learner_->learned(), options_.backups);
    metrics_->write_plot(options_.model / "loss.svg");
  }

  LatentStats code_of_side(DeviceDataset& faces) {
    return measure_latents(exec_, learner_->params(), options_.preset.network, faces.reader());
  }

  void draw_preview() {
    if (options_.preview.empty()) return;
    if (!preview_) {
      preview_ = std::make_unique<Preview>(exec_, learner_->params(), options_.preset.network,
                                           a_->reader(), b_->reader());
    }
    write_png(options_.preview, preview_->draw());
  }

  void finish() {
    collect_losses();
    add_row(state_.info.iteration);
    save();
    draw_preview();
  }

  Exec& exec_;
  const TrainOptions& options_;
  const TrainCallbacks& callbacks_;
  fs::path file_;
  std::optional<SafetensorsFile> found_;  ///< until all of it is read
  TrainReport report_;
  TrainingState state_;
  FaceSet faces_a_, faces_b_;  ///< until they have their place
  std::unique_ptr<DeviceDataset> a_, b_;
  bool records_images_ = false;
  std::unique_ptr<ShuffledSampler> order_a_, order_b_;
  std::unique_ptr<Learner> learner_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<Preview> preview_;
  Moment begun_;  ///< when the first of the steps started that nobody has waited for
  Interval interval_;
  DivergenceDetector watch_a_{options_.most_rise}, watch_b_{options_.most_rise};
  double recent_ = 0;  ///< seconds of an iteration, smoothed
};

}  // namespace

TrainReport train(Exec& exec, const TrainOptions& options, const TrainCallbacks& callbacks) {
  check_options(options);
  return Trainer(exec, options, callbacks).train();
}

}  // namespace cameo
