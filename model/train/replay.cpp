// SPDX-License-Identifier: MIT
#include "model/train/replay.h"

#include <array>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/floats.h"
#include "engine/safetensors.h"
#include "model/file/model_file.h"

namespace cameo {
namespace {

constexpr std::array<const char*, 4> kTensors = {"x_a", "t_a", "x_b", "t_b"};
constexpr std::int64_t kMostSteps = 1'000'000;
constexpr std::int64_t kMostFaces = 4096;

/// Steps and faces of each, the same for all four tensors.
std::array<std::int64_t, 2> extent_of(const SafetensorsFile& file, int size) {
  const std::vector<std::int64_t> first = file.entry(kTensors[0]).shape;
  for (const char* name : kTensors) {
    const std::vector<std::int64_t>& s = file.entry(name).shape;
    check(s.size() == 5 && s[2] == size && s[3] == size && s[4] == 3 && s[0] > 0 &&
              s[0] <= kMostSteps && s[1] > 0 && s[1] <= kMostFaces,
          ErrorCode::Format, file.path().string(), ": tensor ", name, " must be [steps,N,", size,
          ",", size, ",3] for this model");
    check(s == first, ErrorCode::Format, file.path().string(), ": tensors ", kTensors[0], " and ",
          name, " differ in shape: ", first[0], " steps of ", first[1], " against ", s[0], " of ",
          s[1]);
  }
  return {first[0], first[1]};
}

}  // namespace

std::int64_t replay_batches(Exec& exec, const BatchReplay& training) {
  const SafetensorsFile weights(model_file(training.model));
  const ModelInfo info = read_model_info(weights);
  const Recipe known = recipe_of_preset(info.preset).value_or(Recipe{});
  const SafetensorsFile file(training.batches);
  const auto [steps, faces] = extent_of(file, info.network.size);
  const Recipe recipe{.batch = static_cast<int>(faces), .rate = training.rate.value_or(known.rate)};
  Learner learner(exec, {.network = info.network, .recipe = recipe, .mode = training.mode});
  load_weights(weights, learner.params());

  const std::array<View, 4> places{learner.face(Side::A), learner.target(Side::A),
                                   learner.face(Side::B), learner.target(Side::B)};
  const auto batch = static_cast<std::size_t>(places[0].shape.size());
  std::array<std::vector<float>, 4> images;
  for (std::size_t i = 0; i < images.size(); ++i) {
    images.at(i).resize(static_cast<std::size_t>(steps) * batch);
    file.read(kTensors.at(i), "F32", std::as_writable_bytes(std::span(images.at(i))));
  }
  std::vector<float> losses;
  for (std::int64_t step = 0; step < steps; ++step) {
    for (std::size_t i = 0; i < places.size(); ++i)
      write_floats(exec, places.at(i),
                   images.at(i).data() + static_cast<std::size_t>(step) * batch);
    const Learner::Losses found = learner.step();
    check(std::isfinite(found.a) && std::isfinite(found.b), "train: a loss is not finite in step ",
          step + 1, " of ", training.batches.string());
    losses.push_back(static_cast<float>(found.a));
    losses.push_back(static_cast<float>(found.b));
  }
  write_safetensors(
      training.losses, {{"losses", "F32", {steps, 2}, std::as_bytes(std::span(losses))}},
      {{"format", "cameo"}, {"model", training.model.string()}, {"mode", name_of(training.mode)}});
  return steps;
}

}  // namespace cameo
