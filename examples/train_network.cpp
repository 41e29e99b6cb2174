// SPDX-License-Identifier: MIT
// Trains a network of two layers to tell whether a point of the plane lies inside a circle.
#include <cameo/engine/adam.h>
#include <cameo/engine/ops.h>
#include <cameo/engine/train_step.h>
#include <cstdio>
#include <random>
#include <vector>

int main() {
  constexpr int kBatch = 64, kHidden = 24, kSteps = 2000;
  cameo::Exec exec = cameo::Cpu();

  cameo::ParamStore params(exec);
  params.add("hidden.weight", {kHidden, 1, 1, 2}, cameo::Init::HeUniform);
  params.add("hidden.bias", {1, 1, 1, kHidden}, cameo::Init::Zeros);
  params.add("out.weight", {1, 1, 1, kHidden}, cameo::Init::GlorotUniform);
  params.add("out.bias", {1, 1, 1, 1}, cameo::Init::Zeros);
  params.allocate();
  params.initialize(/*seed=*/1);

  cameo::Graph graph(exec, params);
  const auto x = graph.input({kBatch, 1, 1, 2}), inside = graph.input({kBatch, 1, 1, 1});
  const auto hidden =
      leaky_relu(dense(x, graph.param("hidden.weight"), graph.param("hidden.bias")), 0.1F);
  const auto logit = dense(hidden, graph.param("out.weight"), graph.param("out.bias"));
  graph.plan({cameo::Loss{"error", sigmoid_mae(logit, inside)}});

  cameo::DeviceAdamState state(exec, {.rate = 0.01, .beta1 = 0.9});
  cameo::Adam adam(params, state, {{0, params.floats()}});
  cameo::TrainStep step(exec, {{graph, {&adam}}});

  std::minstd_rand random(1);
  std::uniform_real_distribution<float> coordinate(-1, 1);
  for (int i = 0; i <= kSteps; ++i) {
    float* const points = graph.value(x).f32();
    float* const labels = graph.value(inside).f32();
    for (int n = 0; n < kBatch; ++n) {
      const float a = points[2 * n] = coordinate(random),
                  b = points[2 * n + 1] = coordinate(random);
      labels[n] = a * a + b * b < 0.5F ? 1 : 0;
    }
    step.replay();
    if (i % 400 == 0) std::printf("step %4d: error %.3f\n", i, *graph.loss("error").f32());
  }
}
