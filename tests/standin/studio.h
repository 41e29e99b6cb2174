// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/floats.h"
#include "model/file/model_file.h"
#include "model/train/trainer.h"
#include "tests/model/drawn_faces.h"
#include "tests/support/op_case.h"
#include "tests/support/scratch.h"

namespace cameo::test {

constexpr int kSteps = 20;

/// Two drawn people, and what their training lost at each iteration.
struct Studio {
  Threads threads{1};
  Scratch scratch;
  TrainOptions options;
  Studio() {
    draw_faces(scratch / "a", 0, 5);
    draw_faces(scratch / "b", 1, 4);
    options = {.faces_a = {scratch / "a"},
               .faces_b = {scratch / "b"},
               .preset = tiny_preset(),
               .recipe = tiny_recipe(3),
               .iterations = kSteps,
               .save_interval = 1000,
               .preview_interval = 1000};
  }
  /// Goes on from what lies in folder `model` up to `iterations`.
  std::vector<float> train_to(int iterations, Exec exec, const std::string& model) {
    return train_on(iterations, exec, model);
  }
  /// The same on a device that stays, as that of options.group.
  std::vector<float> train_on(int iterations, Exec& exec, const std::string& model) {
    options.model = scratch / model;
    options.iterations = iterations;
    std::vector<float> losses;
    train(exec, options, {.on_progress = [&](const TrainProgress& at) {
            losses.push_back(static_cast<float>(at.loss_a));
            losses.push_back(static_cast<float>(at.loss_b));
          }});
    return losses;
  }
};

/// All weights of the model in a folder.
inline std::vector<float> weights_in(const std::filesystem::path& model, const Preset& preset) {
  Exec exec{Cpu{}};
  ParamStore params(exec);
  preset.network.declare(params);
  params.allocate(false);
  load_weights(SafetensorsFile(model / kModelFile), params);
  std::vector<float> all;
  for (std::size_t row = 0; row < params.table().size(); ++row) {
    const std::vector<float> one = params.read(static_cast<int>(row));
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

/// A small learner with images to learn from.
struct Lesson {
  explicit Lesson(Exec& on) : exec(on) {
    learner.initialize(3);
    for (const Side side : {Side::A, Side::B})
      for (const View view : {learner.face(side), learner.target(side)}) {
        std::vector<float> host = numbers(view.shape.size(), 5);
        for (float& x : host) x = std::abs(x);
        write_floats(exec, view, host.data());
      }
  }
  std::vector<float> weights() {
    std::vector<float> all(static_cast<std::size_t>(learner.params().floats()));
    read_floats(
        exec, {learner.params().weights(), {1, 1, 1, static_cast<int>(learner.params().floats())}},
        all.data());
    return all;
  }
  Exec& exec;
  Preset preset = tiny_preset();
  Learner learner{exec, {preset.network, tiny_recipe(2)}};
};

}  // namespace cameo::test
