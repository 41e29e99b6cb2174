// SPDX-License-Identifier: MIT
#include "model/train/learner.h"

#include <cstddef>
#include <utility>

#include "base/error.h"

namespace cameo {

const char* name_of(TrainMode mode) {
  return mode == TrainMode::Joint ? "joint" : "alternate";
}

Learner::Learner(Exec& exec, const Options& options)
    : exec_(exec),
      mode_(options.mode),
      batch_(options.batch),
      params_(exec),
      clock_(exec, {.rate = options.rate, .beta1 = options.preset.recipe.beta1}),
      recipe_(options.preset.recipe),
      steps_ahead_(run(exec, [](auto& on) { return on.kStepsAhead; })) {
  check(batch_ > 0, ErrorCode::Usage, "train: a batch of ", batch_, " faces");
  add_parameters(params_, options.preset);
  params_.allocate();
  const std::size_t bytes = static_cast<std::size_t>(steps_ahead_) * 2 * sizeof(float);
  losses_ = run(exec_, [&](auto& on) { return on.allocate_pinned(bytes); });
  const auto add = [&](std::unique_ptr<TrainingGraph> graph, const char* name,
                       std::vector<Range> ranges) {
    adams_[name] = std::make_unique<Adam>(params_, clock_, std::move(ranges));
    graphs_.push_back(std::move(graph));
  };
  if (mode_ == TrainMode::Joint) {
    // One range, so one launch.
    add(joint_graph(exec, params_, options.preset, batch_), "adam", {{0, params_.floats()}});
    return;
  }
  const Range encoder = params_.range("encoder.");
  const Range decoder_a = params_.range(prefix(Side::A)),
              decoder_b = params_.range(prefix(Side::B));
  add(side_graph(exec, params_, options.preset, batch_, Side::A), "adam_a", {encoder, decoder_a});
  add(side_graph(exec, params_, options.preset, batch_, Side::B), "adam_b", {encoder, decoder_b});
}

void Learner::initialize(std::uint64_t seed) {
  params_.initialize(seed);
  if (!recipe_.shared_init) return;
  const std::string from = prefix(Side::A);
  for (std::size_t row = 0; row < params_.table().size(); ++row) {
    const Param& p = params_.table()[row];
    if (!p.name.starts_with(from)) continue;
    const int to = params_.find(prefix(Side::B) + p.name.substr(from.size()));
    params_.write(to, params_.read(static_cast<int>(row)).data());
  }
}

View Learner::part(Value TrainingGraph::*which, Side side) const {
  const bool joint = mode_ == TrainMode::Joint;
  const TrainingGraph& graph = *graphs_[!joint && side == Side::B ? 1 : 0];
  View view = graph.graph.value(graph.*which);
  view.shape.n = batch_;
  if (joint && side == Side::B) view.data = static_cast<std::byte*>(view.data) + view.bytes();
  return view;
}

void Learner::record(const std::function<void(Side)>& images) {
  steps_.clear();
  auto adam = adams_.begin();  // "adam", or "adam_a" and "adam_b"
  for (std::size_t i = 0; i < graphs_.size(); ++i, ++adam) {
    std::function<void()> before;
    if (images)
      before = [images, joint = mode_ == TrainMode::Joint, side = i == 0 ? Side::A : Side::B] {
        images(side);
        if (joint) images(Side::B);
      };
    steps_.push_back(std::make_unique<Step>(graphs_[i]->graph, *adam->second, before));
  }
}

void Learner::start_step() {
  if (steps_.empty()) record();
  check(started_ < steps_ahead_, "learner: ", started_,
        " steps were started, losses() comes first");
  for (const auto& step : steps_) step->replay();
  const View a = graphs_.front()->graph.value(graphs_.front()->loss_a),
             b = graphs_.back()->graph.value(graphs_.back()->loss_b);
  auto* const to = reinterpret_cast<float*>(losses_.get()) + std::ptrdiff_t{2} * started_;
  run(exec_, [&](auto& on) {
    on.copy_out_async(to, a.data, sizeof(float));
    on.copy_out_async(to + 1, b.data, sizeof(float));
  });
  ++started_;
}

std::vector<Learner::Losses> Learner::losses() {
  run(exec_, [](auto& on) { on.synchronize(); });
  std::vector<Losses> all;
  const auto* from = reinterpret_cast<const float*>(losses_.get());
  for (int i = 0; i < started_; ++i, from += 2) all.push_back({from[0], from[1]});
  started_ = 0;
  return all;
}

Learner::Losses Learner::step() {
  start_step();
  return losses().back();
}

std::string Learner::find_nan() {
  for (const auto& graph : graphs_) {
    std::string bad = graph->graph.find_nan();
    if (!bad.empty()) return bad;
  }
  return "";
}

void Learner::set_schedule(std::int64_t iterations) {
  const auto steps_each = static_cast<std::int64_t>(graphs_.size());
  const auto falling = static_cast<std::int64_t>(recipe_.fall * static_cast<double>(iterations));
  AdamState settings = clock_.read();
  settings.warm_up = steps_each * recipe_.warm_up;
  settings.decay_begin = steps_each * (iterations - falling);
  settings.decay_end = steps_each * iterations;
  clock_.write(settings);
}

void Learner::set_rate(double rate) {
  AdamState settings = clock_.read();
  settings.rate = rate;
  clock_.write(settings);
}

TrainTensors Learner::learned() {
  TrainTensors learned{params_, clock_, {}};
  for (const auto& [name, adam] : adams_) learned.adams[name] = adam.get();
  return learned;
}

LearnerMemory Learner::memory() const {
  const auto floats = static_cast<std::size_t>(params_.floats());
  const std::size_t width = bytes_of(params_.type());
  LearnerMemory sum{.weights = floats * (sizeof(float) + (width < sizeof(float) ? width : 0)),
                    .gradients = floats * width};
  for (const auto& [name, adam] : adams_)
    sum.moments += 2 * sizeof(float) * static_cast<std::size_t>(adam->floats());
  for (const auto& graph : graphs_) {
    const GraphMemory memory = graph->graph.memory();
    sum.activations += memory.values;
    sum.backward += memory.gradients;
    sum.workspace += memory.scratch;
  }
  return sum;
}

}  // namespace cameo
