// SPDX-License-Identifier: MIT
#include "bench/training.h"

#include "base/random.h"
#include "engine/floats.h"

namespace cameo::bench {
namespace {

void fill(Exec& exec, View images, std::uint64_t seed, float brightest = 1) {
  Random random(seed);
  std::vector<float> host(static_cast<std::size_t>(images.shape.size()));
  for (float& x : host) x = brightest * random.uniform();
  write_floats(exec, images, host.data());
}

}  // namespace

std::unique_ptr<Learner> made_up_learner(Exec& exec, const Preset& preset, int batch) {
  Recipe recipe = recipe_of_preset(preset.name).value_or(Recipe{});
  recipe.batch = batch;
  auto learner = std::make_unique<Learner>(exec, Learner::Options{preset.network, recipe});
  learner->initialize(1);
  for (const Side side : {Side::A, Side::B}) {
    const std::uint64_t seed = side == Side::A ? 10 : 20;
    fill(exec, learner->face(side), seed);
    // Darker than what a new network draws: then one step lessens the loss by far more than
    // rounding.
    fill(exec, learner->target(side), seed + 1, 0.5F);
  }
  return learner;
}

std::unique_ptr<RenderGraph> made_up_drawing(Exec& exec, ParamStore& params, const Preset& preset,
                                             int batch) {
  auto graph = render_graph(exec, params, preset.network, batch, Side::A, Mode::Inference);
  fill(exec, graph->graph.value(graph->face), 10);
  return graph;
}

}  // namespace cameo::bench
