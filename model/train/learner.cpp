// SPDX-License-Identifier: MIT
#include "model/train/learner.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/error.h"
#include "engine/floats.h"

namespace cameo {

namespace {

/// Of weights and their gradients.
LearnerMemory memory_of(const ParamStore& params) {
  const auto floats = static_cast<std::size_t>(params.floats());
  const std::size_t width = bytes_of(params.type());
  return {.weights = floats * (sizeof(float) + (width < sizeof(float) ? width : 0)),
          .gradients = floats * width};
}

void add(LearnerMemory& sum, const ParamStore& params, std::size_t moments) {
  const LearnerMemory more = memory_of(params);
  sum.weights += more.weights;
  sum.gradients += more.gradients;
  sum.moments += moments;
}

void add(LearnerMemory& sum, const GraphMemory& graph) {
  sum.activations += graph.values;
  sum.backward += graph.gradients;
  sum.workspace += graph.scratch;
}

/// Parameters of some ranges by their optimizers.
struct Division {
  std::vector<int> muon;    ///< rows of the table
  std::vector<Range> adam;  ///< what is left, neighbours as one
};

Division divide(const ParamStore& params, const std::vector<Range>& ranges, const Network& network,
                bool with_muon) {
  if (!with_muon && !network.freeze_encoder) return {{}, ranges};  // one range, so one launch
  Division to;
  const std::vector<Param>& table = params.table();
  for (const Range& range : ranges) {
    for (std::size_t row = 0; row < table.size(); ++row) {
      const std::int64_t at = table[row].at, end = range.at + range.count;
      if (at < range.at || at >= end || network.is_frozen(table[row].name)) continue;
      if (with_muon && Muon::takes(table[row])) {
        to.muon.push_back(static_cast<int>(row));
        continue;
      }
      const std::int64_t next = row + 1 < table.size() ? std::min(end, table[row + 1].at) : end;
      if (!to.adam.empty() && to.adam.back().at + to.adam.back().count == at)
        to.adam.back().count = next - to.adam.back().at;
      else
        to.adam.push_back({at, next - at});
    }
  }
  return to;
}

/// What a side's part of alternate training updates: the shared layers and its own.
std::vector<Range> ranges_of(const ParamStore& params, const Network& network, Side side) {
  std::vector<Range> ranges;
  for (const std::string& prefix : network.shared_prefixes) ranges.push_back(params.range(prefix));
  if (!network.prefix(side).empty()) ranges.push_back(params.range(network.prefix(side)));
  return ranges;
}

/// The network as the recipe trains it.
Network network_of(const Learner::Options& options) {
  Network network = options.network;
  network.freeze_encoder = options.recipe.freeze_encoder;
  return network;
}

}  // namespace

const char* name_of(TrainMode mode) {
  return mode == TrainMode::Joint ? "joint" : "alternate";
}

bool wants_masks(const Network& network, const Recipe& recipe) {
  return mask_weights(recipe) != kernels::MaskWeights{} || (network.has_mask && recipe.mask > 0);
}

ImageLoss image_loss(const Recipe& recipe, bool masks) {
  return {.dssim = recipe.dssim,
          .ms_ssim = recipe.ms_ssim,
          .weighted = masks && mask_weights(recipe) != kernels::MaskWeights{},
          .cycle = recipe.cycle,
          .mask = masks ? recipe.mask : 0};
}

Learner::Learner(Exec& exec, const Options& options)
    : exec_(exec),
      mode_(options.mode),
      batch_(options.recipe.batch),
      params_(exec),
      adam_state_(exec, {.rate = options.recipe.rate, .beta1 = options.recipe.beta1}),
      recipe_(options.recipe),
      network_(network_of(options)),
      masks_(options.masks),
      adversarial_(options.adversarial && options.recipe.gan > 0),
      group_(options.group),
      steps_ahead_(run(exec, [](auto& on) { return on.kStepsAhead; })) {
  check(batch_ > 0, ErrorCode::Usage, "train: a batch of ", batch_, " faces");
  network_.declare(params_);
  params_.allocate();
  if (recipe_.gan > 0)
    discriminator_ = std::make_unique<TrainedDiscriminator>(exec, recipe_, network_.size);
  if (recipe_.ema > 0) average_ = std::make_unique<WeightAverage>(params_, network_, recipe_.ema);
  const auto add = [&](const char* name, const std::vector<Range>& ranges) {
    Division division = divide(params_, ranges, network_, recipe_.muon > 0);
    Part& part = parts_.emplace_back();
    part.name = name;
    part.adam = std::make_unique<Adam>(params_, adam_state_, std::move(division.adam),
                                       Adam::Options{.dropout = recipe_.rate_dropout});
    if (division.muon.empty()) return;
    part.muon = std::make_unique<Muon>(params_, adam_state_, std::move(division.muon),
                                       Muon::Options{.rate = recipe_.muon});
  };
  if (mode_ == TrainMode::Joint) {
    add("adam", {{0, params_.floats()}});
  } else {
    add("adam_a", ranges_of(params_, network_, Side::A));
    add("adam_b", ranges_of(params_, network_, Side::B));
  }
  build_graphs();
  for (const Part& part : parts_)
    for (const Loss& loss : part.graph->graph.losses()) loss_names_.push_back(loss.name);
  if (discriminator_ && !adversarial_)
    loss_names_.insert(loss_names_.end(), kAdversarialLosses.begin(), kAdversarialLosses.end());
  const std::size_t floats = static_cast<std::size_t>(steps_ahead_) * loss_names_.size();
  losses_ = run(exec_, [&](auto& on) { return on.allocate_pinned(floats * sizeof(float)); });
}

void Learner::build_graphs() {
  step_.reset();
  for (Part& part : parts_) part.graph.reset();  // its memory before that of the next
  ImageLoss loss = image_loss(recipe_, masks_);
  if (adversarial_) loss.adversary = &discriminator_->adversary();
  if (mode_ == TrainMode::Joint) {
    parts_[0].graph = joint_graph(exec_, params_, network_, loss, batch_);
    return;
  }
  for (const Side side : {Side::A, Side::B})
    parts_[side == Side::A ? 0 : 1].graph =
        side_graph(exec_, params_, network_, loss, batch_, side);
}

void Learner::begin_adversarial() {
  check(discriminator_ != nullptr && !adversarial_ && started_ == 0,
        "learner: an adversarial phase cannot begin here");
  adversarial_ = true;
  build_graphs();
}

void Learner::initialize(std::uint64_t seed) {
  params_.initialize(seed);
  const std::string &from = network_.prefix_a, &other = network_.prefix_b;
  if (!recipe_.shared_init || from.empty() || other.empty()) return;
  for (std::size_t row = 0; row < params_.table().size(); ++row) {
    const Param& p = params_.table()[row];
    if (!p.name.starts_with(from)) continue;
    const int to = params_.find(other + p.name.substr(from.size()));
    params_.write(to, params_.read(static_cast<int>(row)).data());
  }
}

const TrainingGraph& Learner::graph_of(Side side) const {
  return *parts_[mode_ != TrainMode::Joint && side == Side::B ? 1 : 0].graph;
}

View Learner::part(Value TrainingGraph::*which, Side side) const {
  return part(graph_of(side), graph_of(side).*which, side);
}

View Learner::part(std::optional<Value> TrainingGraph::*which, Side side) const {
  const std::optional<Value>& value = graph_of(side).*which;
  return value ? part(graph_of(side), *value, side) : View{};
}

View Learner::part(const TrainingGraph& graph, Value which, Side side) const {
  View view = graph.graph.value(which);
  view.shape.n = batch_;
  if (mode_ == TrainMode::Joint && side == Side::B)
    view.data = static_cast<std::byte*>(view.data) + view.bytes();
  return view;
}

void Learner::match_latents(const LatentStats& a, const LatentStats& b) {
  const LatentMap to_a(b, a), to_b(a, b);
  for (const Part& part : parts_) {
    TrainingGraph& g = *part.graph;
    for (const auto& [match, map] : {std::pair(&g.to_a, &to_a), std::pair(&g.to_b, &to_b)}) {
      if (!*match) continue;
      const std::size_t width = map->shift.size();
      std::vector<float> diagonal(width * width);
      for (std::size_t i = 0; i < width; ++i) diagonal[i * width + i] = map->stretch[i];
      write_floats(exec_, g.graph.value((*match)->weight), diagonal.data());
      write_floats(exec_, g.graph.value((*match)->bias), map->shift.data());
    }
  }
}

void Learner::record(const std::function<void(Side)>& images) {
  std::vector<Phase> phases;
  step_.reset();
  for (Part& part : parts_) {
    if (group_ != nullptr)
      part.reducer = std::make_unique<GradientReducer>(*group_, part.graph->graph);
    Phase phase{
        .graph = part.graph->graph, .optimizers = {part.adam.get()}, .reducer = part.reducer.get()};
    if (part.muon) phase.optimizers.push_back(part.muon.get());
    const bool last = phases.size() + 1 == parts_.size();  // B's
    if (last && average_) phase.optimizers.push_back(&average_->ema());
    if (last && adversarial_) phase.optimizers.push_back(&discriminator_->adam());
    if (images)
      phase.before = [images, joint = mode_ == TrainMode::Joint,
                      side = phases.empty() ? Side::A : Side::B](int) {
        images(side);
        if (joint) images(Side::B);
      };
    phases.push_back(std::move(phase));
  }
  step_ = std::make_unique<TrainStep>(exec_, std::move(phases));
}

void Learner::start_step() {
  if (!step_) record();
  check(started_ < steps_ahead_, "learner: ", started_,
        " steps were started, losses() comes first");
  step_->replay();
  auto* to = reinterpret_cast<float*>(losses_.get()) +
             static_cast<std::ptrdiff_t>(trained_losses()) * started_;
  for (const Part& part : parts_)
    for (const Loss& loss : part.graph->graph.losses())
      run(exec_, [&](auto& on) {
        on.copy_out_async(to++, part.graph->graph.value(loss.value).data, sizeof(float));
      });
  ++started_;
}

std::vector<Learner::Losses> Learner::losses() {
  run(exec_, [](auto& on) { on.synchronize(); });
  std::vector<Losses> steps(static_cast<std::size_t>(started_));
  const auto* from = reinterpret_cast<const float*>(losses_.get());
  for (Losses& step : steps) {
    step.all.assign(from, from + trained_losses());
    from += trained_losses();
    for (std::size_t i = 0; i < step.all.size(); ++i) {
      if (loss_names_[i] == "a") step.a = step.all[i];
      if (loss_names_[i] == "b") step.b = step.all[i];
    }
  }
  started_ = 0;
  return steps;
}

Learner::Losses Learner::step() {
  start_step();
  return losses().back();
}

Learner::Losses Learner::evaluate() {
  Losses found;
  for (const Part& part : parts_) {
    part.graph->graph.forward();
    for (const Loss& loss : part.graph->graph.losses()) {
      if (loss.name != "a" && loss.name != "b") continue;
      const double value = double{read_floats(exec_, part.graph->graph.value(loss.value))[0]};
      (loss.name == "a" ? found.a : found.b) = value;
    }
  }
  return found;
}

std::string Learner::find_nan() {
  for (const Part& part : parts_) {
    std::string bad = part.graph->graph.find_nan();
    if (!bad.empty()) return bad;
  }
  return "";
}

void Learner::set_schedule(std::int64_t iterations) {
  const auto steps_each = static_cast<std::int64_t>(parts_.size());
  const auto decay = static_cast<std::int64_t>(recipe_.decay * static_cast<double>(iterations));
  AdamState settings = adam_state_.read();
  settings.schedule = {.warm_up = steps_each * recipe_.warm_up,
                       .decay_begin = steps_each * (iterations - decay),
                       .decay_end = steps_each * iterations};
  adam_state_.write(settings);
  if (!discriminator_) return;
  const std::int64_t done = settings.step / steps_each;
  const std::int64_t begin = std::max(done, gan_begin(recipe_, iterations));
  discriminator_->set_schedule(decay, iterations - begin);
}

void Learner::set_rate(double rate) {
  AdamState settings = adam_state_.read();
  settings.rate = rate;
  adam_state_.write(settings);
  if (discriminator_) discriminator_->set_rate(rate);
}

ParamStore& Learner::rendered() {
  if (!average_) return params_;
  average_->update();
  return average_->params();
}

TrainTensors Learner::tensors() {
  TrainTensors tensors{rendered(), {{"clock", &adam_state_}}};
  if (average_) tensors.states[kTrainedState] = average_.get();
  for (const Part& part : parts_) {
    tensors.states[part.name] = part.adam.get();
    if (part.muon) tensors.states["muon" + part.name.substr(4)] = part.muon.get();  // "adam_a"
  }
  if (discriminator_) tensors.states[kDiscriminatorState] = discriminator_.get();
  return tensors;
}

LearnerMemory Learner::plan_memory(Exec& exec, const Options& options) {
  ParamStore params(exec);
  const Network network = network_of(options);
  network.declare(params);
  LearnerMemory sum = memory_of(params);
  const auto add_part = [&](const std::vector<Range>& ranges) {
    const Division division = divide(params, ranges, network, options.recipe.muon > 0);
    for (const Range& range : division.adam)
      sum.moments += 2 * sizeof(float) * static_cast<std::size_t>(range.count);
    sum.moments += Muon::plan_memory(params, division.muon, {});
  };
  if (options.mode == TrainMode::Joint) {
    add_part({params.all()});
  } else {
    for (const Side side : {Side::A, Side::B}) add_part(ranges_of(params, network, side));
  }
  if (options.recipe.ema > 0) {
    sum.weights += params.memory().weights;
    sum.moments += sizeof(float) * static_cast<std::size_t>(params.floats());
  }
  ImageLoss loss = image_loss(options.recipe, options.masks);
  ParamStore judge(exec);
  std::optional<Adversary> adversary;
  if (options.recipe.gan > 0) {
    adversary.emplace(Adversary{discriminator_of(options.recipe, network.size), judge, 1});
    adversary->discriminator.declare(judge);
    loss.adversary = &*adversary;
    add(sum, judge, 2 * sizeof(float) * static_cast<std::size_t>(judge.floats()));
  }
  add(sum, joint_memory(exec, params, network, loss, options.recipe.batch));
  return sum;
}

int Learner::largest_batch(Exec& exec, const Options& options, std::size_t bytes) {
  Recipe recipe = options.recipe;
  const auto fits = [&](int batch) {
    recipe.batch = batch;
    return plan_memory(exec, {options.network, recipe, options.mode, options.masks}).total() <=
           bytes;
  };
  if (fits(options.recipe.batch)) return options.recipe.batch;
  int low = 1, high = options.recipe.batch;  // low is taken for granted, high does not fit
  while (high - low > 1) {
    const int middle = low + (high - low) / 2;
    (fits(middle) ? low : high) = middle;
  }
  return low;
}

LearnerMemory Learner::memory() const {
  LearnerMemory sum = memory_of(params_);
  for (const Part& part : parts_) {
    sum.moments += part.adam->bytes() + (part.muon ? part.muon->bytes() : 0);
    add(sum, part.graph->graph.memory());
  }
  if (average_) {
    sum.weights += average_->params().memory().weights;
    sum.moments += average_->ema().bytes();
  }
  if (discriminator_) add(sum, discriminator_->params(), discriminator_->adam().bytes());
  return sum;
}

}  // namespace cameo
