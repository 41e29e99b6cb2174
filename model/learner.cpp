// SPDX-License-Identifier: MIT
#include "model/learner.h"

#include <utility>

#include "kernels/check.h"

namespace cameo {

const char* name_of(TrainMode mode) {
  return mode == TrainMode::Joint ? "joint" : "alternate";
}

Learner::Learner(Exec& exec, const Options& options)
    : exec_(exec),
      mode_(options.mode),
      batch_(options.batch),
      params_(exec),
      clock_(exec, {.rate = options.rate}) {
  check(batch_ > 0, Fault::Usage, "train: a batch of ", batch_, " faces");
  add_parameters(params_, options.preset);
  params_.allocate();
  const Range encoder = params_.range("encoder.");
  const Range decoder_a = params_.range(prefix(Side::A)),
              decoder_b = params_.range(prefix(Side::B));
  const auto add = [&](std::unique_ptr<TrainingGraph> graph, const char* name,
                       std::vector<Range> ranges) {
    auto& adam = adams_[name];
    adam = std::make_unique<Adam>(params_, clock_, std::move(ranges));
    steps_.push_back(std::make_unique<Step>(graph->graph, *adam));
    graphs_.push_back(std::move(graph));
  };
  if (mode_ == TrainMode::Joint) {
    add(joint_graph(exec, params_, options.preset, batch_), "adam",
        {encoder, decoder_a, decoder_b});
    return;
  }
  add(side_graph(exec, params_, options.preset, batch_, Side::A), "adam_a", {encoder, decoder_a});
  add(side_graph(exec, params_, options.preset, batch_, Side::B), "adam_b", {encoder, decoder_b});
}

View Learner::part(Value TrainingGraph::*which, Side side) const {
  const bool joint = mode_ == TrainMode::Joint;
  const TrainingGraph& graph = *graphs_[!joint && side == Side::B ? 1 : 0];
  View view = graph.graph.value(graph.*which);
  view.shape.n = batch_;
  if (joint && side == Side::B) view.data = static_cast<std::byte*>(view.data) + view.bytes();
  return view;
}

double Learner::loss(const TrainingGraph& graph, const Value& value) const {
  float number = 0;
  const View view = graph.graph.value(value);
  run(exec_, [&](auto& on) { on.copy_out(&number, view.data, sizeof number); });
  return number;
}

Learner::Losses Learner::step() {
  for (const auto& step : steps_) step->replay();
  return {loss(*graphs_.front(), graphs_.front()->loss_a),
          loss(*graphs_.back(), graphs_.back()->loss_b)};
}

std::string Learner::find_nan() {
  for (const auto& graph : graphs_) {
    std::string bad = graph->graph.find_nan();
    if (!bad.empty()) return bad;
  }
  return "";
}

void Learner::set_rate(double rate) {
  AdamClock settings = clock_.read();
  settings.rate = rate;
  clock_.write(settings);
}

Learned Learner::learned() {
  Learned learned{params_, clock_, {}};
  for (const auto& [name, adam] : adams_) learned.adams[name] = adam.get();
  return learned;
}

std::size_t Learner::bytes() const {
  std::size_t sum = 0;
  for (const auto& graph : graphs_) sum += graph->graph.bytes();
  return sum;
}

}  // namespace cameo
