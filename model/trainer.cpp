// SPDX-License-Identifier: MIT
#include "model/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "kernels/augment.h"
#include "kernels/augment_faithful.h"
#include "kernels/check.h"
#include "model/batches.h"
#include "model/checkpoint.h"
#include "model/code_moments.h"
#include "model/metrics.h"
#include "model/preview.h"

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

/// One person's faces in device memory, with room for the list of those in a batch.
class Resident {
 public:
  Resident(Exec& exec, const FaceSet& set, const TrainOptions& options) : exec_(exec) {
    const auto batch = static_cast<std::size_t>(options.batch);
    bytes_ = set.bytes.size();
    faces_ = run(exec, [&](auto& on) { return on.allocate(bytes_); });
    run(exec, [&](auto& on) {
      chosen_ = on.allocate(batch * sizeof(std::int32_t));
      staging_ = on.allocate_staging(batch * sizeof(std::int32_t) * on.kStepsAhead);
    });
    run(exec, [&](auto& on) { on.copy_in(faces_.get(), set.bytes.data(), bytes_); });
    block_ = {reinterpret_cast<const std::uint8_t*>(faces_.get()), set.count(), set.side,
              options.preset.coverage / 256.0};
    if (!options.faithful) return;
    on_host_ = set.bytes;
    host_block_ = block_;
    host_block_.data = on_host_.data();
  }
  /// Makes the pictures of a batch from the faces of these numbers; `step`: of those that nobody
  /// has waited for.
  void augment(const std::vector<std::int32_t>& numbers, int step, const kernels::AugmentKey& key,
               View input, View target) {
    if (!on_host_.empty()) return augment_on_host(numbers, key, input, target);
    const std::size_t bytes = numbers.size() * sizeof(std::int32_t);
    std::byte* const staged = staging_.get() + static_cast<std::size_t>(step) * bytes;
    std::memcpy(staged, numbers.data(), bytes);
    run(exec_, [&](auto& on) {
      on.send(chosen_.get(), staged, bytes);
      kernels::augment(on, block_, reinterpret_cast<const std::int32_t*>(chosen_.get()), key, input,
                       target);
    });
  }
  const kernels::FaceBlock& block() const { return block_; }
  std::size_t bytes() const { return bytes_; }

 private:
  /// Faithful pictures are made on the host, whatever the device.
  void augment_on_host(const std::vector<std::int32_t>& numbers, const kernels::AugmentKey& key,
                       View input, View target) {
    Cpu host;
    std::vector<float> read(static_cast<std::size_t>(input.shape.size())), wanted(read.size());
    kernels::augment_faithful(host, host_block_, numbers.data(), key, {read.data(), input.shape},
                              {wanted.data(), target.shape});
    run(exec_, [&](auto& on) {
      on.copy_in(input.data, read.data(), input.bytes());
      on.copy_in(target.data, wanted.data(), target.bytes());
    });
  }

  Exec& exec_;
  Memory faces_, chosen_, staging_;
  kernels::FaceBlock block_, host_block_;
  std::vector<std::uint8_t> on_host_;  ///< the same faces; only for faithful pictures
  std::size_t bytes_ = 0;
};

void check_options(const TrainOptions& options) {
  check(options.batch > 0 && options.iterations > 0 && options.save_interval > 0 &&
            options.metrics_interval > 0 && options.preview_interval > 0 && options.backups >= 0,
        Fault::Usage, "train: batch ", options.batch, ", iterations ", options.iterations,
        ", intervals ", options.save_interval, ", ", options.metrics_interval, ", ",
        options.preview_interval, " must be positive");
  check(!options.rate || (std::isfinite(*options.rate) && *options.rate > 0), Fault::Usage,
        "train: rate ", options.rate.value_or(0), " must be positive");
}

/// The state in the model's folder, or that of a new model.
TrainingState state_at_start(const fs::path& file, const TrainOptions& options, bool* found) {
  std::error_code error;
  fs::create_directories(options.model, error);
  check(fs::is_directory(options.model), Fault::Input, options.model.string(),
        ": cannot make this folder: ", error.message());
  if (options.preview.has_parent_path())
    fs::create_directories(options.preview.parent_path(), error);
  *found = fs::exists(file);
  TrainingState state;
  if (*found) state = read_training_state(file);
  const ModelInfo& info = state.info;
  const std::string sizes = sizes_of(options.preset);
  check(!*found || sizes_of(preset_of(info)) == sizes, Fault::Format, file.string(),
        ": holds a model of preset ", info.preset, ", wanted ", options.preset.name,
        "; choose another folder, or that preset");
  check(info.mode.empty() || info.mode == name_of(options.mode), Fault::Format, file.string(),
        ": was trained in mode ", info.mode, ", wanted ", name_of(options.mode),
        "; choose another folder, or that mode");
  if (info.mode.empty()) state.seed = options.seed;
  state.info.preset = options.preset.name;
  state.info.sizes = sizes;
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
    state_ = state_at_start(file_, options, &report_.start.resumed);
    read_faces();
    // Sums keep their last bits only if every operation is computed in the same way as before.
    run(exec_, [&](auto& on) {
      for (const auto& [operation, way] : state_.tuning) on.tuning[operation] = way;
    });
    const double rate = options.rate.value_or(options.preset.recipe.rate);
    learner_ = std::make_unique<Learner>(
        exec_, Learner::Options{options.preset, options.mode, options.batch, rate});
    load_weights_or_draw();
    learner_->set_course(options.iterations);
    metrics_ = std::make_unique<Metrics>(options.model / "metrics.csv", state_.info.iteration);
    order_a_ = std::make_unique<FaceOrder>(a_->block().count, state_.seed, 0U, state_.order_a);
    order_b_ = std::make_unique<FaceOrder>(b_->block().count, state_.seed, 1U, state_.order_b);
    report_.start.iteration = state_.info.iteration;
    report_.start.device = run(exec_, [](auto& on) { return on.about(); });
    report_.start.parameters = learner_->params().parameters();
    report_.start.bytes = a_->bytes() + b_->bytes() + learner_->bytes() +
                          static_cast<std::size_t>(learner_->params().floats()) * 4 * sizeof(float);
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
      const FaceSet set = load_faces(folders, face_side(options_.preset));
      *count = set.count();
      auto& skipped = report_.start.skipped;
      skipped.insert(skipped.end(), set.skipped.begin(), set.skipped.end());
      return std::make_unique<Resident>(exec_, set, options_);
    };
    a_ = read(options_.faces_a, &report_.start.faces_a);
    b_ = read(options_.faces_b, &report_.start.faces_b);
  }

  void load_weights_or_draw() {
    const bool trained = report_.start.resumed && state_.info.iteration > 0;
    if (trained) {
      load_learned(file_, learner_->learned());
      if (options_.rate) learner_->set_rate(*options_.rate);
    } else if (report_.start.resumed) {
      load_weights(file_, learner_->params());
    } else {
      learner_->initialize(state_.seed);
    }
  }

  void iterate() {
    const Moment start = now();
    if (learner_->steps_started() == 0) begun_ = start;
    make_pictures();
    report_.seconds_augmenting += seconds_since(start);
    learner_->start_step();
    ++state_.info.iteration;
    state_.info.faces_seen += 2 * std::int64_t{options_.batch};
    const std::int64_t i = state_.info.iteration;
    const bool saves = i % options_.save_interval == 0, draws = i % options_.preview_interval == 0;
    if (learner_->steps_started() == learner_->steps_ahead() || saves || draws) hear_losses();
    if (i == options_.iterations) return;  // finish() does both
    if (saves) save();
    if (draws) draw_preview();
  }

  /// Waits for the steps that were started.
  void hear_losses() {
    const std::vector<Learner::Losses> all = learner_->losses();
    if (all.empty()) return;
    const double seconds = seconds_since(begun_) / static_cast<double>(all.size());
    std::int64_t i = state_.info.iteration - static_cast<std::int64_t>(all.size());
    for (const Learner::Losses& losses : all) note(++i, losses, seconds);
  }

  void note(std::int64_t i, const Learner::Losses& losses, double seconds) {
    if (!std::isfinite(losses.a) || !std::isfinite(losses.b)) give_up(i);
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

  /// The pictures depend on seed, iteration and sample alone: the second half of the samples is
  /// B's.
  void make_pictures() {
    const auto batch = static_cast<std::uint32_t>(options_.batch);
    const Recipe& recipe = options_.preset.recipe;
    const auto iteration = static_cast<std::uint64_t>(state_.info.iteration);
    std::vector<std::int32_t> numbers(batch);
    order_a_->next(numbers);
    const int step = learner_->steps_started();
    a_->augment(numbers, step, {state_.seed, iteration, 0, recipe.warp, recipe.mirror},
                learner_->face(Side::A), learner_->target(Side::A));
    order_b_->next(numbers);
    b_->augment(numbers, step, {state_.seed, iteration, batch, recipe.warp, recipe.mirror},
                learner_->face(Side::B), learner_->target(Side::B));
  }

  [[noreturn]] void give_up(std::int64_t iteration) {
    const std::string bad = learner_->find_nan();
    const bool kept = fs::exists(file_);
    fail(Fault::Failed, "train: a loss is not finite at iteration ", iteration,
         bad.empty() ? "" : ", first in ", bad, "; ",
         kept ? "the last checkpoint is kept in " : "nothing is saved in ",
         kept ? file_.string() : options_.model.string(), "; a lower rate than ", learner_->rate(),
         " may help");
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
    state_.code_a = code_of_side(*a_);
    state_.code_b = code_of_side(*b_);
    state_.tuning = run(exec_, [](auto& on) { return on.tuning; });
    save_checkpoint(file_, state_, learner_->learned(), options_.backups);
    metrics_->write_plot(options_.model / "loss.svg");
  }

  CodeMoments code_of_side(const Resident& faces) {
    return measure_code(exec_, learner_->params(), options_.preset, faces.block());
  }

  void draw_preview() {
    if (options_.preview.empty()) return;
    if (!preview_) {
      preview_ = std::make_unique<Preview>(exec_, learner_->params(), options_.preset, a_->block(),
                                           b_->block());
    }
    write_png(options_.preview, preview_->draw());
  }

  void finish() {
    hear_losses();
    add_row(state_.info.iteration);
    save();
    draw_preview();
  }

  Exec& exec_;
  const TrainOptions& options_;
  const TrainCallbacks& callbacks_;
  fs::path file_;
  TrainReport report_;
  TrainingState state_;
  std::unique_ptr<Resident> a_, b_;
  std::unique_ptr<FaceOrder> order_a_, order_b_;
  std::unique_ptr<Learner> learner_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<Preview> preview_;
  Moment begun_;  ///< when the first of the steps started that nobody has waited for
  Interval interval_;
  double recent_ = 0;  ///< seconds of an iteration, smoothed
};

}  // namespace

TrainReport train(Exec& exec, const TrainOptions& options, const TrainCallbacks& callbacks) {
  check_options(options);
  return Trainer(exec, options, callbacks).train();
}

}  // namespace cameo
