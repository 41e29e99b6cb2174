// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <sstream>
#include <vector>

#include "bench/layers.h"
#include "bench/ops.h"
#include "bench/support.h"
#include "bench/training.h"

namespace cameo::bench {
namespace {

constexpr int kBatch = 16;
constexpr double kTolerance = 1e-4;      // of a drawn face's pixels, which are around 1/2
constexpr double kLossTolerance = 0.05;  // of losses, as a share of what one step gains

/// Losses of two steps: the second is right only if all gradients of the first were.
std::vector<double> losses(Learner& learner) {
  const auto first = learner.step(), second = learner.step();
  return {first.a, first.b, second.a, second.b};
}

/// Ends the benchmark with an error unless all numbers are within `tolerance` of those that the
/// direct ways yield.
bool agrees_with(benchmark::State& state, const std::vector<double>& got,
                 const std::vector<double>& wanted, double tolerance) {
  double off = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double difference = std::abs(got[i] - wanted[i]);
    off = difference <= off ? off : difference;  // a NaN stays
  }
  if (off <= tolerance) return true;
  std::ostringstream why;
  why << "wrong result: off by " << off << ", " << tolerance << " allowed";
  state.SkipWithError(why.str().c_str());
  return false;
}

Exec direct() {
  Cpu on;
  on.forced_algorithm = "direct";
  return on;
}

void step(benchmark::State& state, const Preset& preset) {
  Exec plain = direct(), exec = Cpu();
  const auto wanted = losses(*made_up_learner(plain, preset, kBatch));
  const auto learner = made_up_learner(exec, preset, kBatch);
  const double gain = std::min(wanted[0] - wanted[2], wanted[1] - wanted[3]);
  if (!agrees_with(state, losses(*learner), wanted, kLossTolerance * gain)) return;
  measure(state, {.flops = step_flops(preset.network, joint(kBatch))}, [&] { learner->step(); });
}

std::vector<double> drawn(RenderGraph& graph) {
  graph.graph.forward();
  const View out = graph.graph.value(graph.image);
  return {out.f32(), out.f32() + out.shape.size()};
}

void draw(benchmark::State& state, const Preset& preset) {
  Exec plain = direct(), exec = Cpu();
  ParamStore params(exec);
  preset.network.declare(params);
  params.allocate(/*with_gradients=*/false);
  params.initialize(1);
  const auto wanted = drawn(*made_up_drawing(plain, params, preset, 1));
  const auto graph = made_up_drawing(exec, params, preset, 1);
  if (!agrees_with(state, drawn(*graph), wanted, kTolerance)) return;
  measure(state, {.flops = forward_flops(preset.network, {})}, [&] { graph->graph.forward(); });
}

}  // namespace

void add_step() {
  for (const char* name : {"original", "light"}) {
    const std::string text = name;
    add("step/" + text + "/joint 16+16",
        [text](benchmark::State& state) { step(state, preset(text)); });
    add("draw/" + text + "/one face",
        [text](benchmark::State& state) { draw(state, preset(text)); });
  }
}

}  // namespace cameo::bench
