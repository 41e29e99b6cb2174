// SPDX-License-Identifier: MIT
// Several stores in one graph, frozen parameters, detached values, weighted losses.
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

constexpr int kBatch = 4;

/// A layer of 6 outputs, "NAME.weight" and "NAME.bias".
void add_layer(ParamStore& params, const std::string& name, int inputs) {
  params.add(name + ".weight", {6, 1, 1, inputs}, Init::GlorotUniform);
  params.add(name + ".bias", {1, 1, 1, 6}, Init::Zeros);
}

Value layer(Value x, ParamStore& params, const std::string& name, Trainable trainable) {
  Graph& graph = *x.graph;
  return sigmoid(dense(x, graph.param(params, name + ".weight", trainable),
                       graph.param(params, name + ".bias", trainable)));
}

/// A trained net before a judge of its outputs, each in a store of its own.
struct NetAndJudge {
  NetAndJudge(Exec& on, Trainable judge) : exec(on) {
    add_layer(net, "net", 3);
    add_layer(critic, "judge", 6);
    net.allocate();
    critic.allocate(judge == Trainable::Yes);
    net.initialize(1);
    critic.initialize(2);
    x = graph.input({kBatch, 1, 1, 3});
    target = graph.input({kBatch, 1, 1, 6}, false, DType::F32);
    inner = layer(x, net, "net", Trainable::Yes);
    graph.plan({mae(layer(inner, critic, "judge", judge), target)});
    write(exec, graph.value(x), numbers(3 * kBatch, 3));
    write(exec, graph.value(target), numbers(6 * kBatch, 4));
    graph.forward();
    graph.backward();
  }
  Exec& exec;
  ParamStore net{exec}, critic{exec};
  Graph graph{exec, net};
  Value x, target, inner;
};

}  // namespace

TEST_CASE("gradients flow through a frozen network, which has none itself") {
  each_backend([](Exec& exec) {
    NetAndJudge trained(exec, Trainable::Yes), frozen(exec, Trainable::No);
    for (const int row : {0, 1})
      CHECK(read(exec, frozen.net.grad(row)) == read(exec, trained.net.grad(row)));
    CHECK(read(exec, frozen.graph.grad(frozen.inner)) ==
          read(exec, trained.graph.grad(trained.inner)));
    CHECK_FALSE(frozen.critic.grad(0));
    const Value weight = frozen.graph.param(frozen.critic, "judge.weight", Trainable::No);
    CHECK_THROWS_AS(frozen.graph.grad(weight), Error);
    CHECK(frozen.graph.guards_intact());
  });
}

TEST_CASE("a frozen network behind what is trained alone costs no gradient memory") {
  Exec exec = Cpu();
  ParamStore teacher(exec);
  add_layer(teacher, "teacher", 3);
  teacher.allocate(false);
  Graph graph(exec, teacher);
  const Value x = graph.input({kBatch, 1, 1, 3}), t = graph.input({kBatch, 1, 1, 6});
  graph.plan({mae(layer(x, teacher, "teacher", Trainable::No), t)});
  CHECK(graph.memory().gradients == 0);
}

TEST_CASE("a parameter's trainable and frozen leaves are two values with one memory") {
  Exec exec = Cpu();
  ParamStore params(exec), others(exec);
  for (ParamStore* store : {&params, &others}) {
    store->add("b", {1, 1, 1, 2}, Init::Zeros);
    store->allocate();
  }
  Graph graph(exec, params);
  const Value x = graph.input({1, 1, 1, 2});
  const Value b = graph.param("b"), frozen = graph.param("b", Trainable::No),
              other = graph.param(others, "b");
  CHECK(b.id != frozen.id);
  CHECK(b.id != other.id);
  CHECK(graph.param("b").id == b.id);
  CHECK(graph.param(params, "b", Trainable::No).id == frozen.id);
  graph.plan({bias(bias(bias(x, b), frozen), other)});
  CHECK(graph.value(b).data == graph.value(frozen).data);
  CHECK(graph.value(other).data != graph.value(b).data);
  CHECK(graph.print() ==
        "%4 [1,1,1,2] = bias(%0, %1 b d=)\n"
        "%5 [1,1,1,2] = bias(%4 d=, %2 b frozen)\n"
        "%6 [1,1,1,2] = bias(%5 d=, %3 b d=)\n");
}

TEST_CASE("no gradient passes a detached value, and it takes no memory") {
  each_backend([](Exec& exec) {
    const auto gradient = [&](bool both) {
      ParamStore params(exec);
      add_layer(params, "one", 3);
      params.allocate();
      params.initialize(1);
      Graph graph(exec, params);
      const Value x = graph.input({kBatch, 1, 1, 3});
      const Value t = graph.input({kBatch, 1, 1, 6}, false, DType::F32);
      const Value y = layer(x, params, "one", Trainable::Yes), same = detach(y);
      std::vector<Value> roots{mae(y, t)};
      if (both) roots.push_back(mae(sigmoid(same), t));
      graph.plan(roots);
      write(exec, graph.value(x), numbers(3 * kBatch, 3));
      graph.forward();
      graph.backward();
      if (both) CHECK(graph.value(same).data == graph.value(y).data);
      CHECK_FALSE(graph.wants_grad(same));
      return read(exec, params.grad(0));
    };
    CHECK(gradient(true) == gradient(false));
  });
}

TEST_CASE("a graph reads another's output, copied on the device whenever it runs") {
  each_backend([](Exec& exec) {
    ParamStore params(exec);
    params.allocate();
    Graph first(exec, params, Mode::Evaluation), second(exec, params);
    const Value x = first.input({2, 3, 3, 2}), inner = sigmoid(x), y = leaky_relu(inner, 0.5F);
    const Value copy = second.input_from(y), out = sigmoid(copy);
    CHECK_FALSE(second.wants_grad(copy));
    CHECK_THROWS_AS(second.plan({out}), Error);  // the first has no memory yet
    first.plan({y});
    Graph third(exec, params);
    const Value shared = third.input_from(inner);
    CHECK_THROWS_AS(third.plan({sigmoid(shared)}), Error);  // others use the memory of that value
    CHECK_THROWS_AS(second.input_from(out), Error);
    second.plan({out});
    const auto recording = run(exec, [&](auto& on) {
      return on.record([&] {
        first.forward();
        second.forward();
      });
    });
    for (const std::uint64_t seed : {1U, 2U}) {
      write(exec, first.value(x), numbers(x.shape().size(), seed));
      recording->replay();
      const std::vector<float> from = read(exec, first.value(y));
      CHECK(read(exec, second.value(copy)) == from);
      CHECK(read(exec, second.value(out))[0] ==
            doctest::Approx(1 / (1 + std::exp(-from[0]))).epsilon(0.005));
    }
  });
}

TEST_CASE("losses have names and weights, and one of weight 0 is computed without gradients") {
  each_backend([](Exec& exec) {
    ParamStore params(exec);
    add_layer(params, "one", 3);
    params.allocate();
    params.initialize(1);
    std::vector<std::vector<float>> grads;
    std::vector<std::size_t> bytes;
    for (const auto& [near, far] : {std::pair{1.0F, 0.0F}, {0.0F, 1.0F}, {0.5F, 2.0F}}) {
      Graph graph(exec, params);
      const Value x = graph.input({kBatch, 1, 1, 3});
      const Value t = graph.input({kBatch, 1, 1, 6}, false, DType::F32);
      const Value y = layer(x, params, "one", Trainable::Yes);
      graph.plan({{"near", mae(y, t), near}, {"far", mae(sigmoid(y), t), far}});
      write(exec, graph.value(x), numbers(3 * kBatch, 3));
      graph.forward();
      graph.backward();
      grads.push_back(read(exec, params.grad(0)));
      bytes.push_back(graph.memory().gradients);
      CHECK(read(exec, graph.loss("near"))[0] == doctest::Approx(0.5).epsilon(0.3));
      CHECK(read(exec, graph.loss("far"))[0] > read(exec, graph.loss("near"))[0]);
      CHECK_THROWS_AS(graph.loss("nearest"), Error);
    }
    CHECK(bytes[0] < bytes[2]);
    // bfloat16 rounds to 1 in 256 at each of the ops.
    const double rounding = params.type() == DType::BF16 ? 1.0 / 64 : 1e-6;
    for (std::size_t i = 0; i < grads[2].size(); ++i)
      CHECK(grads[2][i] == doctest::Approx(0.5 * grads[0][i] + 2 * grads[1][i]).epsilon(rounding));
  });
}

TEST_CASE("losses that are no single number, or share a name or a value, are refused") {
  Exec exec = Cpu();
  ParamStore params(exec);
  params.allocate();
  Graph graph(exec, params);
  const Value x = graph.input({1, 1, 1, 3}, true), t = graph.input({1, 1, 1, 3});
  const Value a = mae(x, t), b = mae(sigmoid(x), t);
  CHECK_THROWS_AS(graph.plan({{"x", x}}), Error);
  CHECK_THROWS_AS(graph.plan({{"loss", a}, {"loss", b}}), Error);
  CHECK_THROWS_AS(graph.plan({{"a", a}, {"b", a}}), Error);
  graph.plan({{"a", a}, {"b", b}});
  CHECK(graph.losses().size() == 2);
}

}  // namespace cameo::test
