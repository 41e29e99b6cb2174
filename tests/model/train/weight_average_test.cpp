// SPDX-License-Identifier: MIT
// What a moving average of the weights renders, and what a checkpoint then holds.
#include "model/train/weight_average.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/floats.h"
#include "model/infer/swapper.h"
#include "tests/model/train/studio.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

struct Averaged : Studio {
  explicit Averaged(double decay = 0.8, TrainMode mode = TrainMode::Joint) {
    options.mode = mode;
    options.backups = 0;
    options.recipe->ema = decay;
    options.recipe->gan = 0.1;
  }
  TrainReport run_to(int iterations) {
    Exec exec = one_way();
    options.iterations = iterations;
    options.recipe->gan_from = std::min(1.0, 9.9 / iterations);  // from the tenth on
    return train(exec, options);
  }
  /// All of the network's weights; `prefix` of their names in the file.
  std::vector<float> weights(const std::string& prefix = "") const {
    const SafetensorsFile file(model_file());
    Exec exec{Cpu{}};
    ParamStore params(exec);
    tiny_preset().network.declare(params);
    std::vector<float> all;
    for (const Param& p : params.table()) {
      const std::vector<float> one = read_weights(file, prefix + p.name, p.shape);
      all.insert(all.end(), one.begin(), one.end());
    }
    return all;
  }
};

std::vector<float> all_of(const ParamStore& params) {
  std::vector<float> all;
  for (int row = 0; row < static_cast<int>(params.table().size()); ++row) {
    const std::vector<float> one = params.read(row);
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

}  // namespace

TEST_CASE("what renders is the bias-corrected average of the weights after each iteration") {
  for (const TrainMode mode : {TrainMode::Joint, TrainMode::Alternate}) {
    Exec exec = one_way();
    constexpr double kDecay = 0.7;
    Recipe recipe = tiny_recipe(2);
    recipe.ema = kDecay;
    Learner learner(exec, {tiny_preset().network, recipe, mode});
    learner.initialize(1);
    CHECK(all_of(learner.rendered()) == all_of(learner.params()));
    std::vector<double> sum(all_of(learner.params()).size());
    double shares = 0;
    for (int step = 0; step < 6; ++step) {
      learner.step();
      const std::vector<float> weights = all_of(learner.params());
      shares = kDecay * shares + (1 - kDecay);
      for (std::size_t i = 0; i < sum.size(); ++i)
        sum[i] = kDecay * sum[i] + (1 - kDecay) * weights[i];
    }
    std::vector<float> average;
    average.reserve(sum.size());
    for (const double one : sum) average.push_back(static_cast<float>(one / shares));
    CAPTURE(std::string(name_of(mode)));
    CHECK(largest_difference(all_of(learner.rendered()), average) < 1e-6);
    CHECK(largest_difference(all_of(learner.params()), average) > 1e-3);
    const LearnerMemory planned = Learner::plan_memory(exec, {tiny_preset().network, recipe, mode});
    CHECK(planned.weights == learner.memory().weights);
    CHECK(planned.moments == learner.memory().moments);
  }
}

TEST_CASE("an average is the model, and training goes on from the weights beside it, bit for bit") {
  for (const TrainMode mode : {TrainMode::Joint, TrainMode::Alternate}) {
    Averaged straight(0.8, mode), parts(0.8, mode), plain(0, mode);
    straight.run_to(20);
    plain.run_to(20);
    CAPTURE(std::string(name_of(mode)));
    CHECK(straight.weights("trained.weight.") == plain.weights());
    CHECK(straight.weights() != plain.weights());
    parts.run_to(7);
    parts.run_to(14);
    CHECK(parts.run_to(20).start.iteration == 14);
    CHECK((bytes_of_file(parts.model_file()) == bytes_of_file(straight.model_file())));
    // What renders and converts reads the average.
    const std::vector<float> face(std::size_t{16} * 16 * 3, 0.4F);
    std::vector<float> smooth(face.size()), rough(face.size());
    open_swapper(straight.options.model)->run(face, smooth, 1);
    open_swapper(plain.options.model)->run(face, rough, 1);
    CHECK(smooth != rough);
  }
}

TEST_CASE(
    "an average begins where a checkpoint has none, and its end leaves the averaged weights") {
  Averaged training(0);
  training.run_to(8);
  const std::vector<float> before = training.weights();
  training.options.recipe->ema = 0.9;
  CHECK(training.run_to(9).start.notes ==
        std::vector<std::string>{"ema 0.9 instead of the model's 0"});
  CHECK(training.weights() == training.weights("trained.weight."));  // of one step
  CHECK(training.weights() != before);
  training.run_to(12);
  CHECK(training.weights() != training.weights("trained.weight."));
  training.options.recipe->ema = 0;
  const std::vector<std::string> notes = training.run_to(13).start.notes;
  CHECK(notes.front() == "goes on from the averaged weights");
  CHECK_THROWS_AS(training.weights("trained.weight."), Error);
}

TEST_CASE("a decay of 1 or more is refused") {
  Averaged training(1);
  CHECK(contains(message_of([&] { training.run_to(2); }), "ema 1 must be 0 or below 1"));
}

}  // namespace cameo::test
