// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <span>

#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/safetensors.h"
#include "model/file/model_file.h"
#include "model/train/replay.h"
#include "tests/model/drawn_batches.h"
#include "tests/model/drawn_faces.h"
#include "tests/model/keras/keras_files.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

constexpr const char* kGolden = CAMEO_GOLDEN "/keras/training.safetensors";

/// The model that Keras started from, and the batches that it was trained on.
struct Start {
  Scratch scratch;
  BatchReplay training{.model = scratch / "model",
                       .batches = scratch / "batches.safetensors",
                       .losses = scratch / "losses.safetensors"};
  explicit Start(int steps = 100) {
    const ThreeFiles files;
    std::filesystem::create_directory(training.model);
    KerasImport(find_keras(files.path()), {}).save(training.model / kModelFile);
    DrawnBatches(steps, 2, 32).write(training.batches);
  }
  std::vector<float> train() const {
    Exec exec = Cpu();
    replay_batches(exec, training);
    return floats(training.losses, "losses");
  }
};

/// The largest share by which losses differ from those of Keras.
double largest_share(const std::vector<float>& ours, const std::vector<float>& theirs) {
  double share = 0;
  for (std::size_t i = 0; i < theirs.size(); ++i)
    share = std::max(share, std::abs(static_cast<double>(ours.at(i)) - theirs[i]) / theirs[i]);
  return share;
}

}  // namespace

TEST_CASE("100 steps lose what they lose in Keras, in both modes") {
  const Threads one(1);
  Start start;
  struct Case {
    const char* golden;
    TrainMode mode;
    double rate, share;
  };
  // Measured 5e-7 at the article's rate, where a rounding stays small. At the fast rate, where much
  // is learnt, 8e-4; there the versions of Keras differ among each other by up to 1.4e-3.
  for (const Case& c : {Case{"alternate", TrainMode::Alternate, 5e-5, 1e-5},
                        Case{"joint", TrainMode::Joint, 5e-5, 1e-5},
                        Case{"alternate_fast", TrainMode::Alternate, 4e-4, 5e-3},
                        Case{"joint_fast", TrainMode::Joint, 4e-4, 5e-3}}) {
    start.training.mode = c.mode;
    start.training.rate = c.rate;
    const std::vector<float> ours = start.train(), theirs = floats(kGolden, c.golden);
    CAPTURE(c.golden);
    REQUIRE(ours.size() == 200);
    REQUIRE(theirs.size() == 200);
    CHECK(largest_share(ours, theirs) <= c.share);
    const auto first = [](const std::vector<float>& all) { return std::span(all).first(10); };
    CHECK(largest_difference(first(ours), first(theirs)) <= 1e-4);
  }
}

TEST_CASE("training on batches leaves the model as it was, and starts from the same again") {
  const Threads one(1);
  const Start start(3);
  const auto before = std::filesystem::last_write_time(start.training.model / kModelFile);
  const std::vector<float> first = start.train();
  CHECK(first.size() == 6);
  CHECK(start.train() == first);
  CHECK(std::filesystem::last_write_time(start.training.model / kModelFile) == before);
}

TEST_CASE("batches that do not fit are refused") {
  const Start start(1);
  const auto refused = [&](const char* why) {
    const std::string message = message_of([&] { start.train(); });
    CHECK_MESSAGE(contains(message, why), message);
    CHECK_FALSE(std::filesystem::exists(start.training.losses));
  };
  DrawnBatches(1, 1, 16).write(start.training.batches);
  refused("tensor x_a must be [steps,N,32,32,3] for this model");
  const std::vector<float> zeros(std::size_t{2} * 32 * 32 * 3);
  const auto images = std::as_bytes(std::span(zeros));
  const TensorOut x_a{"x_a", "F32", {2, 1, 32, 32, 3}, images};
  write_safetensors(start.training.batches, {x_a}, {});
  refused("holds no tensor \"t_a\"");
  const TensorOut t_a{"t_a", "F32", {1, 2, 32, 32, 3}, images};
  write_safetensors(start.training.batches, {x_a, t_a}, {});
  refused("tensors x_a and t_a differ in shape: 2 steps of 1 against 1 of 2");
}

}  // namespace cameo::test
