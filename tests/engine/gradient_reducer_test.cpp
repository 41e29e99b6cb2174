// SPDX-License-Identifier: MIT
#include "engine/gradient_reducer.h"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/floats.h"
#include "engine/ops.h"
#include "engine/train_step.h"
#include "tests/support/op_case.h"
#include "tests/support/ranks.h"

namespace cameo::test {
namespace {

constexpr int kWidth = 8, kLayers = 4, kBatch = 6;

/// A few dense layers that learn to make nothing of their input, for a part of a batch.
struct Layers {
  explicit Layers(Exec& on, int first, int count) : exec(on), params(on), graph(on, params) {
    for (int i = 0; i < kLayers; ++i) {
      params.add("w" + std::to_string(i), {kWidth, 1, 1, kWidth}, Init::GlorotUniform);
      params.add("b" + std::to_string(i), {1, 1, 1, kWidth}, Init::Zeros);
    }
    params.allocate();
    params.initialize(3);
    const Value input = graph.input({count, 1, 1, kWidth});
    Value x = input;
    for (int i = 0; i < kLayers; ++i)
      x = leaky_relu(
          dense(x, graph.param("w" + std::to_string(i)), graph.param("b" + std::to_string(i))),
          0.2F);
    graph.plan({Loss{"mse", sigmoid_mse(x, graph.input({count, 1, 1, kWidth}))}});
    const std::vector<float> all = numbers(std::int64_t{kBatch} * kWidth, 5);
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first) * kWidth;
    write(exec, graph.value(input),
          std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(count) * kWidth));
    graph.forward();
  }
  std::vector<float> gradients() { return read_floats(exec, params.grads(params.all())); }

  Exec& exec;
  ParamStore params;
  Graph graph;
};

std::vector<float> gradients_of_all() {
  Exec exec{Cpu{}};
  Layers layers(exec, 0, kBatch);
  layers.graph.backward();
  return layers.gradients();
}

}  // namespace

TEST_CASE("ranks with shares of a batch have the gradients of the whole batch, in any buckets") {
  const std::vector<float> whole = gradients_of_all();
  for (const int ranks : {2, 3}) {
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{1200}, std::size_t{1} << 20}) {
      CAPTURE(ranks);
      CAPTURE(bytes);
      std::vector<std::vector<float>> each(static_cast<std::size_t>(ranks));
      const auto said = on_ranks(ranks, [&](const RankPlace& place) {
        Exec exec{Cpu{}};
        ProcessGroup group(exec, place);
        const int share = kBatch / ranks;
        Layers layers(exec, share * place.rank, share);
        GradientReducer reducer(group, layers.graph, bytes);
        check(bytes > 1 || reducer.buckets() == std::size_t{2} * kLayers, "buckets ",
              reducer.buckets());
        check(bytes < 9999 || reducer.buckets() == 1, "buckets ", reducer.buckets());
        for (int round = 0; round < 2; ++round) {
          layers.graph.backward(RootGrad::Weights, {0, ranks},
                                [&](std::size_t op) { reducer.after_op(op); });
          reducer.finish();
        }
        each[static_cast<std::size_t>(place.rank)] = layers.gradients();
      });
      CHECK(said == nothing_from(ranks));
      for (const std::vector<float>& one : each) CHECK((one == each[0]));
      // Sums of six products in another order: a few roundings of float32.
      for (std::size_t i = 0; i < whole.size(); ++i)
        CHECK(each[0][i] == doctest::Approx(whole[i]).epsilon(1e-4).scale(0.01));
    }
  }
}

TEST_CASE("buckets start while backward goes on, the last layer's first") {
  const auto said = on_ranks(2, [&](const RankPlace& place) {
    Exec exec{Cpu{}};
    ProcessGroup group(exec, place);
    Layers layers(exec, 0, kBatch);
    GradientReducer reducer(group, layers.graph, 1);
    std::vector<std::size_t> started;
    layers.graph.backward(RootGrad::Weights, {0, 2}, [&](std::size_t op) {
      reducer.after_op(op);
      started.push_back(reducer.started());
    });
    reducer.finish();
    check(started.back() == std::size_t{2} * kLayers, "started ", started.back());
    check(started[started.size() / 2] >= kLayers - 1, "half-way ", started[started.size() / 2]);
    check(started.front() < kLayers, "at first ", started.front());
  });
  CHECK(said == nothing_from(2));
}

TEST_CASE("micro-batches are reduced once, with the last of them") {
  const std::vector<float> whole = gradients_of_all();
  std::vector<float> parts;
  const auto said = on_ranks(2, [&](const RankPlace& place) {
    Exec exec{Cpu{}};
    ProcessGroup group(exec, place);
    Layers layers(exec, 3 * place.rank, 3);
    GradientReducer reducer(group, layers.graph);
    for (int part = 0; part < 2; ++part) {
      const bool last = part == 1;
      std::function<void(std::size_t)> after;
      if (last) after = [&](std::size_t op) { reducer.after_op(op); };
      layers.graph.backward(RootGrad::Weights, {part, 4}, after);
    }
    reducer.finish();
    if (place.rank == 0) parts = layers.gradients();
  });
  CHECK(said == nothing_from(2));
  for (std::size_t i = 0; i < whole.size(); ++i)
    CHECK(parts[i] == doctest::Approx(whole[i]).epsilon(1e-4).scale(0.01));
}

TEST_CASE("a rank lost during backward is an error, not a wait") {
  const auto said = on_ranks(2, [&](const RankPlace& place) {
    Exec exec{Cpu{}};
    ProcessGroup group(exec, place);
    if (place.rank == 1) return;
    Layers layers(exec, 0, kBatch);
    GradientReducer reducer(group, layers.graph, 1);
    layers.graph.backward(RootGrad::Weights, {0, 2}, [&](std::size_t op) { reducer.after_op(op); });
    reducer.finish();
  });
  CHECK(said[0].find("ranks: rank 1 is lost") != std::string::npos);
}

TEST_CASE("numbers of another length from a rank are refused") {
  const auto said = on_ranks(2, [&](const RankPlace& place) {
    Exec exec{Cpu{}};
    ProcessGroup group(exec, place);
    check(group.transport() == "TCP", group.transport());
    group.all_gather(std::vector<double>(place.rank == 0 ? 2 : 3));
  });
  CHECK(said[0] == "ranks: rank 1 gives 3 numbers, rank 0 gives 2");
}

}  // namespace cameo::test
