// SPDX-License-Identifier: MIT
#include "engine/train_step.h"

#include <cmath>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "engine/adam.h"
#include "engine/ema.h"
#include "engine/grad_clip.h"
#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

/// The parameters of the generator and of the critic.
struct AdversaryParams {
  explicit AdversaryParams(Exec& exec) : maker(exec), critic(exec) {
    maker.add("offset", {1, 1, 1, 2}, Init::Zeros);
    critic.add("weight", {1, 1, 1, 2}, Init::GlorotUniform);
    for (ParamStore* store : {&maker, &critic}) {
      store->allocate();
      store->initialize(7);
    }
  }
  ParamStore maker, critic;
};

/// Adversarial training in the plane: a generator that moves points, a critic that tells them from
/// the real ones. Each has a store, a graph and an Adam of its own.
struct Adversaries : AdversaryParams {
  static constexpr int kPoints = 32, kSteps = 400;
  static constexpr float kRealX = 0.75F, kRealY = -0.5F;

  explicit Adversaries(Exec& on) : AdversaryParams(on), exec(on) {
    build_critic();
    build_maker();
    const std::vector<float> noise = numbers(2 * kPoints, 5);
    std::vector<float> real = noise;
    for (std::size_t i = 0; i < real.size(); ++i) real[i] += i % 2 == 0 ? kRealX : kRealY;
    write(exec, critic_graph.value(critic_noise), noise);
    write(exec, maker_graph.value(noise_in), noise);
    write(exec, critic_graph.value(real_in), real);
    const std::vector<float> ones(kPoints, 1);
    write(exec, critic_graph.value(one), ones);
    write(exec, maker_graph.value(maker_one), ones);
  }

  Value judge(Value points, Trainable trainable) {
    Graph& g = *points.graph;
    return dense(points, g.param(critic, "weight", trainable), g.input({}));
  }

  /// Real points are 1, made ones 0. Small weights, so that the game is damped and comes to rest.
  void build_critic() {
    Graph& g = critic_graph;
    critic_noise = g.input({kPoints, 1, 1, 2});
    real_in = g.input({kPoints, 1, 1, 2});
    one = g.input({kPoints, 1, 1, 1}, false, DType::F32);
    const Value zero = g.input({kPoints, 1, 1, 1}, false, DType::F32);
    const Value no_weight = g.input({1, 1, 1, 2}, false, DType::F32);
    const Value made = bias(critic_noise, g.param(maker, "offset", Trainable::No));
    g.plan({{"real", sigmoid_mae(judge(real_in, Trainable::Yes), one)},
            {"made", sigmoid_mae(judge(made, Trainable::Yes), zero)},
            {"size", mae(g.param("weight"), no_weight), 0.05F}});
  }

  /// Made points shall be taken for real ones.
  void build_maker() {
    Graph& g = maker_graph;
    noise_in = g.input({kPoints, 1, 1, 2});
    maker_one = g.input({kPoints, 1, 1, 1}, false, DType::F32);
    const Value made = bias(noise_in, g.param("offset"));
    g.plan({{"fooled", sigmoid_mae(judge(made, Trainable::No), maker_one)}});
  }

  std::vector<float> offset() { return maker.read(0); }

  Exec& exec;
  Graph critic_graph{exec, critic}, maker_graph{exec, maker};
  Value critic_noise, real_in, one, noise_in, maker_one;
  DeviceAdamState critic_state{
      exec, {.rate = 0.1, .beta1 = 0, .schedule = {.decay_end = kSteps, .end = 0}}};
  DeviceAdamState maker_state{
      exec, {.rate = 0.01, .beta1 = 0, .schedule = {.decay_end = kSteps, .end = 0}}};
  Adam critic_adam{critic, critic_state, {critic.all()}};
  Adam maker_adam{maker, maker_state, {maker.all()}};
};

/// Weights of one dense layer and its gradient, from a batch cut into parts.
struct Batches {
  static constexpr int kIn = 5, kOut = 3;
  Batches(Exec& on, int batch) : exec(on), size(batch) {
    params.add("w", {kOut, 1, 1, kIn}, Init::GlorotUniform);
    params.add("b", {1, 1, 1, kOut}, Init::Zeros);
    params.allocate();
    params.initialize(3);
    x = graph.input({batch, 1, 1, kIn});
    t = graph.input({batch, 1, 1, kOut}, false, DType::F32);
    // The weights are used twice, so that within a part, too, one op sets and one adds.
    const Value y = dense(x, graph.param("w"), graph.param("b"));
    graph.plan({{"mae", mae(bias(sigmoid(y), graph.param("b")), t)}});
  }
  /// Fills the inputs with the part'th `size` of 16 samples.
  void fill(int part) {
    const std::vector<float> xs = numbers(16 * kIn, 8), ts = numbers(16 * kOut, 9);
    const auto cut = [&](const std::vector<float>& all, int each) {
      const auto begin = all.begin() + std::ptrdiff_t{part} * size * each;
      return std::vector<float>(begin, begin + std::ptrdiff_t{size} * each);
    };
    write(exec, graph.value(x), cut(xs, kIn));
    write(exec, graph.value(t), cut(ts, kOut));
  }
  std::vector<float> gradients() {
    std::vector<float> all = read(exec, params.grad(0));
    const std::vector<float> b = read(exec, params.grad(1));
    all.insert(all.end(), b.begin(), b.end());
    return all;
  }
  Exec& exec;
  int size;
  ParamStore params{exec};
  Graph graph{exec, params};
  Value x, t;
};

}  // namespace

TEST_CASE("adversaries of two stores and two Adams settle where they must, in one recorded step") {
  each_backend([](Exec& exec) {
    Adversaries game(exec);
    const std::vector<float> before = game.critic.read(0);
    TrainStep step(exec, {{.graph = game.critic_graph, .optimizers = {&game.critic_adam}},
                          {.graph = game.maker_graph, .optimizers = {&game.maker_adam}}});
    CHECK(game.offset() == std::vector<float>{0, 0});
    CHECK(game.critic.read(0) == before);
    for (int i = 0; i < Adversaries::kSteps; ++i) step.replay();
    // The made points lie on the real ones, so the critic cannot tell them apart.
    CHECK(game.offset()[0] == doctest::Approx(Adversaries::kRealX).epsilon(0.05));
    CHECK(game.offset()[1] == doctest::Approx(Adversaries::kRealY).epsilon(0.05));
    const float real = read(exec, game.critic_graph.loss("real"))[0],
                made = read(exec, game.critic_graph.loss("made"))[0];
    CHECK(real == doctest::Approx(0.5).epsilon(0.02));
    CHECK(made == doctest::Approx(0.5).epsilon(0.02));
    CHECK(game.critic_graph.guards_intact());
    CHECK(game.maker_graph.guards_intact());
  });
}

TEST_CASE(
    "a replayed step of two phases yields the bits of its graphs and Adams called one by one") {
  each_backend([](Exec& exec) {
    Adversaries recorded(exec), called(exec);
    TrainStep step(exec, {{.graph = recorded.critic_graph, .optimizers = {&recorded.critic_adam}},
                          {.graph = recorded.maker_graph, .optimizers = {&recorded.maker_adam}}});
    for (int i = 0; i < 5; ++i) {
      step.replay();
      called.critic_graph.forward();
      called.critic_graph.backward();
      called.critic_adam.step();
      called.maker_graph.forward();
      called.maker_graph.backward();
      called.maker_adam.step();
    }
    CHECK(recorded.offset() == called.offset());
    CHECK(recorded.offset() != std::vector<float>{0, 0});
    CHECK(recorded.critic.read(0) == called.critic.read(0));
  });
}

TEST_CASE("four micro-batches of four have the gradients of a batch of sixteen") {
  each_backend([](Exec& exec) {
    Batches whole(exec, 16), parts(exec, 4);
    whole.fill(0);
    whole.graph.forward();
    whole.graph.backward();
    for (int part = 0; part < 4; ++part) {
      parts.fill(part);
      parts.graph.forward();
      parts.graph.backward(RootGrad::Weights, {part, 4});
    }
    // bfloat16 rounds each of four sums to 1 in 256.
    const double off = parts.params.type() == DType::F32 ? 1e-7 : 4e-3;
    CHECK(largest_difference(parts.gradients(), whole.gradients()) < off);
    // The next whole batch starts anew.
    parts.fill(0);
    parts.graph.forward();
    parts.graph.backward();
    const std::vector<float> first = parts.gradients();
    parts.graph.backward();
    CHECK(parts.gradients() == first);
    CHECK(parts.graph.guards_intact());
  });
}

TEST_CASE("a recorded step runs its micro-batches, then one update") {
  Exec exec = Cpu();
  Batches whole(exec, 16), parts(exec, 4);
  DeviceAdamState whole_state(exec, {.rate = 0.01}), parts_state(exec, {.rate = 0.01});
  Adam whole_adam(whole.params, whole_state, {whole.params.all()}),
      parts_adam(parts.params, parts_state, {parts.params.all()});
  whole.fill(0);
  TrainStep one(exec, {{.graph = whole.graph, .optimizers = {&whole_adam}}});
  std::string calls;
  TrainStep four(exec, {{.graph = parts.graph,
                         .optimizers = {&parts_adam},
                         .before =
                             [&](int part) {
                               calls += std::to_string(part);
                               parts.fill(part);
                             },
                         .after_backward = [&] { calls += 'x'; },
                         .micro_batches = 4}});
  CHECK(calls == "0123x");
  for (int i = 0; i < 20; ++i) {
    one.replay();
    four.replay();
  }
  CHECK(parts_state.read().step == 20);
  // 20 updates of 0.01 each, where Adam divides by gradients that differ in their last bits.
  CHECK(largest_difference(whole.params.read(0), parts.params.read(0)) < 1e-5);
}

TEST_CASE("clipping and averaging within a recorded step repeat themselves bit for bit") {
  each_backend([](Exec& exec) {
    const auto train = [&] {
      Batches batch(exec, 16);
      batch.fill(0);
      DeviceAdamState state(exec, {.rate = 0.01, .schedule = {.warm_up = 3}});
      Adam adam(batch.params, state, {batch.params.all()});
      Ema ema(batch.params, {batch.params.all()}, 0.9);
      GradClip clip(exec, {{batch.params, batch.params.all()}}, 1e-3F);
      TrainStep step(exec,
                     {{.graph = batch.graph, .optimizers = {&adam, &ema}, .after_backward = [&] {
                         clip.apply();
                       }}});
      for (int i = 0; i < 10; ++i) step.replay();
      CHECK(clip.norm() > 1e-2F);
      const std::vector<float> clipped = batch.gradients();
      const double squares =
          std::inner_product(clipped.begin(), clipped.end(), clipped.begin(), 0.0);
      CHECK(std::sqrt(squares) == doctest::Approx(1e-3).epsilon(0.01));
      ParamStore averages(exec);
      averages.add("w", {Batches::kOut, 1, 1, Batches::kIn}, Init::Zeros);
      averages.add("b", {1, 1, 1, Batches::kOut}, Init::Zeros);
      averages.allocate(false);
      ema.copy_to(averages);
      CHECK(averages.read(0) != batch.params.read(0));
      CHECK(largest_difference(averages.read(0), batch.params.read(0)) < 0.1);
      return averages.read(0);
    };
    CHECK(train() == train());
  });
}

}  // namespace cameo::test
