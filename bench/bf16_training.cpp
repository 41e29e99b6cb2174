// SPDX-License-Identifier: MIT
// What bfloat16 costs in accuracy, on a machine without a GPU:
//   cameo-bench-bf16 FACES_A FACES_B [PRESET [ITERATIONS [BATCH]]]
//
// Trains a network from the same weights on the same images: in float32; so that every tensor is
// rounded where a GPU would store it in bfloat16: images, working weights, activations, gradients
// (sums, losses, targets and the optimiser's state stay float32, as there); and with a CPU's
// products of bfloat16, as `--precision bf16` has them. Prints a JSON object: for each tenth of the
// iterations the mean losses, and those in bfloat16 by those in float32.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/idle_threads.h"
#include "bench/usage.h"
#include "engine/adam.h"
#include "kernels/bf16.h"
#include "model/data/device_dataset.h"
#include "model/data/sampler.h"
#include "model/net/graphs.h"
#include "model/net/presets.h"
#include "model/train/recipe.h"

namespace cameo::bench {
namespace {

constexpr std::uint64_t kSeed = 1;

void round_all(View view) {
  float* const values = view.f32();
  const std::int64_t count = view.shape.size();
#pragma omp parallel for simd schedule(static) if (count > 65536)
  for (std::int64_t i = 0; i < count; ++i) values[i] = to_float(from_float<Bf16>(values[i]));
}

enum class Way : std::uint8_t { Float32, Gpu, Cpu };

const char* name_of(Way way) {
  return way == Way::Float32 ? "float32" : way == Way::Gpu ? "bfloat16 as a GPU" : "bfloat16";
}

struct Plan {
  std::filesystem::path faces_a, faces_b;
  Preset preset;
  int iterations = 300, batch = 8;
};

/// Both persons' faces, from which the batches of a training are drawn.
class DrawnFaces {
 public:
  DrawnFaces(Exec& exec, const Plan& plan, const kernels::AugmentStrength& strength)
      : plan_(plan), strength_(strength), numbers_(static_cast<std::size_t>(plan.batch)) {
    const Network& network = plan.preset.network;
    for (const auto& folder : {plan.faces_a, plan.faces_b}) {
      datasets_.emplace_back(
          exec, load_faces({folder}, face_side(network)),
          DeviceDataset::Options{.batch = plan.batch, .coverage = network.coverage / 256.0});
      orders_.emplace_back(datasets_.back().count(), kSeed,
                           static_cast<std::uint32_t>(orders_.size()));
    }
  }

  /// Fills the inputs of a graph with the batch of this iteration.
  void draw(int iteration, TrainingGraph& training) {
    for (int side = 0; side < 2; ++side) {
      const auto at = static_cast<std::size_t>(side);
      orders_[at].next(numbers_);
      datasets_[at].choose(numbers_, 0, static_cast<std::uint64_t>(iteration));
      datasets_[at].draw({.seed = kSeed,
                          .first_sample = static_cast<std::uint32_t>(side * plan_.batch),
                          .strength = strength_},
                         half(training, training.face, side),
                         half(training, training.target, side));
    }
  }

 private:
  View half(TrainingGraph& training, Value value, int side) const {
    View view = training.graph.value(value);
    view.shape.n = plan_.batch;
    view.data = view.f32() + side * view.shape.size();
    return view;
  }

  const Plan& plan_;
  kernels::AugmentStrength strength_;
  std::vector<std::int32_t> numbers_;
  std::vector<DeviceDataset> datasets_;
  std::vector<ShuffledSampler> orders_;
};

/// The mean of both losses at each iteration.
std::vector<double> train(const Plan& plan, Way way) {
  const bool rounded = way == Way::Gpu;
  Cpu cpu;
  if (way == Way::Cpu) cpu.precision = Precision::Bf16;
  Exec exec = cpu;
  const Preset& preset = plan.preset;
  const Recipe recipe = recipe_of_preset(preset.name).value_or(Recipe{});
  DrawnFaces faces(exec, plan, recipe.augment);
  ParamStore params(exec);
  preset.network.declare(params);
  params.allocate();
  params.initialize(kSeed);
  DeviceAdamState state(exec, {.rate = recipe.rate, .beta1 = recipe.beta1});
  Adam adam(params, state, {{0, params.floats()}});
  const auto training =
      joint_graph(exec, params, preset.network, {.dssim = recipe.dssim}, plan.batch);
  Graph& graph = training->graph;
  if (rounded)
    graph.watch([](std::string_view, View written) {
      if (written.shape.size() > 1) round_all(written);  // a loss stays float32
    });

  const View weights{params.weights(), {1, 1, 1, static_cast<int>(params.floats())}};
  std::vector<float> master(rounded ? static_cast<std::size_t>(params.floats()) : 0);
  std::vector<double> losses;
  for (int i = 0; i < plan.iterations; ++i) {
    faces.draw(i, *training);
    std::copy_n(params.weights(), master.size(), master.begin());
    if (rounded) {
      round_all(graph.value(training->face));
      round_all(weights);
    }
    graph.forward();
    graph.backward();
    std::copy_n(master.begin(), master.size(), params.weights());
    adam.step();
    losses.push_back((*graph.loss("a").f32() + *graph.loss("b").f32()) / 2);
    std::fprintf(stderr, "\r%s %d/%d, loss %.5f", name_of(way), i + 1, plan.iterations,
                 losses.back());
  }
  std::fputc('\n', stderr);
  return losses;
}

void compare(const Plan& plan) {
  const std::vector<double> wide = train(plan, Way::Float32), narrow = train(plan, Way::Gpu),
                            products = train(plan, Way::Cpu);
  constexpr int kParts = 10;
  std::printf("{\"preset\": \"%s\", \"iterations\": %d, \"batch\": %d, \"parts\": [",
              std::string(plan.preset.name).c_str(), plan.iterations, plan.batch);
  for (int part = 0; part < kParts; ++part) {
    const auto mean = [&](const std::vector<double>& losses) {
      const int from = plan.iterations * part / kParts, to = plan.iterations * (part + 1) / kParts;
      double sum = 0;
      for (int i = from; i < to; ++i) sum += losses[static_cast<std::size_t>(i)];
      return sum / (to - from);
    };
    std::printf(
        "%s\n  {\"to\": %d, \"f32\": %.6f, \"bf16\": %.6f, \"ratio\": %.4f, \"bf16_cpu\": %.6f, "
        "\"ratio_cpu\": %.4f}",
        part == 0 ? "" : ",", plan.iterations * (part + 1) / kParts, mean(wide), mean(narrow),
        mean(narrow) / mean(wide), mean(products), mean(products) / mean(wide));
  }
  std::printf("]}\n");
}

}  // namespace
}  // namespace cameo::bench

int main(int argc, char** argv) {
  using namespace cameo;
  constexpr const char* kUsage =
      "usage: cameo-bench-bf16 FACES_A FACES_B [PRESET [ITERATIONS [BATCH]]]";
  if (bench::help_asked(argc, argv, kUsage)) return 0;
  let_idle_threads_sleep(argv);
  try {
    bench::refuse_options(argc, argv, kUsage);
    check(argc >= 3 && argc <= 6, ErrorCode::Usage, "cameo-bench-bf16: ", kUsage);
    bench::Plan plan{.faces_a = argv[1], .faces_b = argv[2]};
    plan.preset = preset(argc > 3 ? argv[3] : "original");
    if (argc > 4) plan.iterations = std::stoi(argv[4]);
    if (argc > 5) plan.batch = std::stoi(argv[5]);
    check(plan.iterations >= 10 && plan.batch >= 1, ErrorCode::Usage,
          "cameo-bench-bf16: at least 10 iterations of at least 1 face");
    bench::compare(plan);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
  return 0;
}
