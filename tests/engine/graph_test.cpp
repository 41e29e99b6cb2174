// SPDX-License-Identifier: MIT
#include "engine/graph.h"

#include <algorithm>
#include <limits>
#include <string>

#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

}  // namespace

TEST_CASE("a shared weight collects both gradients") {
  check_op({.name = "dense(dense(x, w), w)",
            .wants = {{2, 1, 1, 4}, {4, 1, 1, 4}, {1, 1, 1, 4}},
            .out = {2, 1, 1, 4},
            .build = [](In v) { return dense(dense(v[0], v[1], v[2]), v[1], v[2]); }});
}

TEST_CASE("a value used twice collects both gradients") {
  check_op({.name = "conv2d(sigmoid(x), w) read by two slices",
            .wants = {{2, 4, 4, 3}, {2, 3, 3, 3}},
            .out = {1, 4, 4, 2},
            .build =
                [](In v) {
                  const Value y = conv2d(sigmoid(v[0]), v[1], {.pad = Pad::same(4, 3, 1)});
                  // Both halves of the batch go through the same filter once more.
                  return bias(slice(y, 0, 1), dense(slice(y, 1, 1), v[2], v[3]));
                },
            .fixed = {{2, 1, 1, 32}, {1, 1, 1, 2}},
            .tolerance = 2e-3});
}

TEST_CASE("a convolution's input used by two convolutions") {
  check_op({.name = "conv2d(x, a) then conv2d(x, b) as its bias",
            .wants = {{1, 4, 4, 2}, {3, 3, 3, 2}, {3, 4, 4, 2}},
            .out = {1, 4, 4, 3},
            .build =
                [](In v) {
                  const Value wide = conv2d(v[0], v[1], {.pad = Pad::same(4, 3, 1)});
                  return bias(wide, conv2d(v[0], v[2]));
                },
            .step = 0.1F});
}

TEST_CASE(
    "an unplanned graph lists its ops with their attributes and where their inputs come from") {
  Exec exec = Cpu();
  ParamStore params(exec);
  params.add("w", {2, 5, 5, 3}, Init::Zeros);
  params.add("b", {1, 1, 1, 2}, Init::Zeros);
  Graph g(exec, params, Mode::Inference);
  const Value x = g.input({1, 8, 8, 3}), w = g.param("w"), b = g.param("b");
  const Value y = conv2d(x, w, {.stride = 2, .pad = Pad::same(8, 5, 2)});
  const Value z = bias_leaky(detach(y), b, 0.25F);
  const std::vector<OpRecord> records = g.records();
  REQUIRE(records.size() == 2);
  CHECK(records[0].name == "conv2d");
  CHECK((records[0].attributes == Attributes{{"stride", {2}}, {"pad", {1, 1, 2, 2}}}));
  CHECK(records[0].in[0].id == x.id);
  CHECK(records[0].in[1].id == w.id);
  CHECK((records[1].attributes == Attributes{{"slope", {0.25}}}));
  CHECK(records[1].in[0].id == y.id);  // not the detached leaf
  CHECK(records[1].out.id == z.id);
  CHECK(g.param_row(b)->store == &params);
  CHECK(g.param_row(b)->row == 1);
  CHECK_FALSE(g.param_row(x));
  CHECK_FALSE(g.param_row(y));
}

TEST_CASE("a watcher sees every tensor as it is written, and may change it") {
  Exec exec = Cpu();
  ParamStore params(exec);
  params.add("w", {2, 1, 1, 3}, Init::GlorotUniform);
  params.add("b", {1, 1, 1, 2}, Init::Zeros);
  params.allocate();
  params.initialize(1);
  Graph g(exec, params);
  const Value x = g.input({4, 1, 1, 3}), t = g.input({4, 1, 1, 2}, false);
  const Value loss = mae(sigmoid(dense(x, g.param("w"), g.param("b"))), t);
  g.plan({loss});
  std::string seen;
  g.watch([&](std::string_view op, View written) {
    seen += std::string(op) + ' ' + std::to_string(written.shape.size()) + "; ";
    if (op == "sigmoid") std::fill_n(written.f32(), written.shape.size(), 0.25F);
  });
  g.forward();
  CHECK(seen == "dense 8; sigmoid 8; mae 1; ");
  CHECK(*g.value(loss).f32() == 0.25F);  // t is zero
  seen.clear();
  g.backward();
  CHECK(seen == "mae 8; sigmoid 8; dense 6; dense 2; ");
  g.watch({});
  seen.clear();
  g.forward();
  CHECK(seen.empty());
  CHECK(*g.value(loss).f32() != 0.25F);
}

TEST_CASE("print shows who sets, who adds and what is not live") {
  Exec exec = Cpu();
  ParamStore params(exec);
  params.add("w", {4, 1, 1, 4}, Init::GlorotUniform);
  params.add("b", {1, 1, 1, 4}, Init::Zeros);
  params.allocate();
  Graph g(exec, params);
  const Value x = g.input({2, 1, 1, 4}), t = g.input({2, 1, 1, 4});
  const Value w = g.param("w"), b = g.param("b");
  const Value once = dense(x, w, b), twice = dense(once, w, b);
  dense(once, w, b);
  g.plan({mae(twice, t)});
  CHECK(g.print() ==
        "%4 [2,1,1,4] = dense(%0, %2 w d+=, %3 b d+=)\n"
        "%5 [2,1,1,4] = dense(%4 d=, %2 w d=, %3 b d=)\n"
        "%6 [2,1,1,4] = dense(%4, %2 w, %3 b)  <- not live: no memory, never run\n"
        "%7 [1,1,1,1] = mae(%5 d=, %1)\n");
  CHECK(g.param("w").id == w.id);
}

TEST_CASE("find_nan names the first op that made one") {
  Exec exec = Cpu();
  ParamStore params(exec);
  params.allocate();
  Graph g(exec, params);
  const Value x = g.input({1, 2, 2, 1}), b = g.input({1, 1, 1, 1});
  const Value y = sigmoid(leaky_relu(bias(x, b), 0.1F));
  g.plan({y});
  CHECK(g.find_nan().empty());
  write(exec, g.value(b), std::vector<float>{std::numeric_limits<float>::quiet_NaN()});
  CHECK(g.find_nan() == "bias %2 [1,2,2,1], element 0 is nan");
}

TEST_CASE("a write behind a tensor is noticed") {
  Exec exec = Cpu();
  ParamStore params(exec);
  params.allocate();
  Graph g(exec, params);
  const Value x = g.input({1, 1, 1, 3});
  g.plan({sigmoid(x)});
  CHECK(g.guards_intact());
  g.value(x).f32()[3] = 1;
  CHECK_FALSE(g.guards_intact());
}

namespace {

/// A chain of layers of different widths, one of which is read again later.
Value chain(Value x, Value b) {
  Value y = sigmoid(x), early = y;
  for (int i = 0; i < 4; ++i) y = leaky_relu(bias(y, b), 0.1F);
  return mae(bias(sigmoid(y), b), sigmoid(early));
}

struct Chain {
  Chain(Exec& exec, Mode mode, bool other_stream = false)
      : params(exec), graph(exec, params, mode) {
    params.add("b", {1, 1, 1, 8}, Init::HeUniform);
    params.allocate(mode == Mode::Training);
    params.initialize(2);
    x = graph.input({4, 8, 8, 8});
    if (other_stream) {
      out = bias(x, graph.param("b"));
      graph.set_stream(1);
    }
    out = chain(other_stream ? out : x, graph.param("b"));
    graph.plan({out});
    const std::vector<float> data = numbers(x.shape().size(), 4);
    write(exec, graph.value(x), data);
    graph.forward();
  }
  ParamStore params;
  Graph graph;
  Value x, out;
};

/// Writes one element too many, if told so.
class TooFar final : public Node {
 public:
  explicit TooFar(bool faulty) : extra_(faulty ? 1 : 0) {}
  std::string_view name() const override { return "too far"; }
  void forward(Exec&, const Io& io) override {
    std::fill_n(io.out.f32(), io.out.shape.size() + extra_, 0.5F);
  }
  void backward(Exec&, const Io&) override {}

 private:
  int extra_;
};

}  // namespace

TEST_CASE("values of a graph without gradients share memory: fewer bytes, the same bits") {
  each_backend([](Exec& exec) {
    Chain kept(exec, Mode::Training);
    const GraphMemory all = kept.graph.memory();
    CHECK(all.saved == 0);
    for (const Mode mode : {Mode::Inference, Mode::Evaluation}) {
      Chain shared(exec, mode);
      const GraphMemory some = shared.graph.memory();
      // Of eleven values at most the input, two that live on and two neighbours are there at once.
      CHECK(some.values < 0.55 * static_cast<double>(all.values));
      CHECK(some.values + some.saved == all.values);
      CHECK(some.gradients == 0);
      CHECK(read(exec, shared.graph.value(shared.out)) == read(exec, kept.graph.value(kept.out)));
      CHECK(shared.graph.guards_intact());
      shared.graph.forward();  // the input is still there
      CHECK(read(exec, shared.graph.value(shared.out)) == read(exec, kept.graph.value(kept.out)));
      CHECK(shared.graph.find_nan().empty());
      CHECK(shared.graph.print().find(std::to_string(some.saved) + " fewer") != std::string::npos);
    }
  });
}

TEST_CASE("a value whose memory is shared cannot be read, an input and a root can") {
  Exec exec = Cpu();
  ParamStore params(exec);
  params.allocate(false);
  Graph g(exec, params, Mode::Inference);
  const Value x = g.input({1, 1, 1, 3}), inner = sigmoid(x), root = leaky_relu(inner, 0.1F);
  const Value out = sigmoid(root);
  g.plan({out, root});
  CHECK_THROWS_AS(g.value(inner), Error);
  for (const Value v : {x, root, out}) CHECK(static_cast<bool>(g.value(v)));
}

TEST_CASE("a write behind a value that shares its memory is noticed") {
  for (const bool faulty : {false, true}) {
    Exec exec = Cpu();
    ParamStore params(exec);
    params.allocate(false);
    Graph g(exec, params, Mode::Inference);
    const Value x = g.input({1, 1, 1, 64});
    // What comes after it is larger, and lies where the fault struck.
    const Value inner = g.add_node<TooFar>({x}, {1, 1, 1, 16}, faulty);
    g.plan({dense(inner, g.input({64, 1, 1, 16}), g.input({1, 1, 1, 64}))});
    CHECK(g.guards_intact() != faulty);
  }
}

TEST_CASE("ops of several streams do not share memory") {
  each_backend([](Exec& exec) {
    if (run(exec, [](auto& on) { return on.kStreams; }) == 1) return;
    Chain chain(exec, Mode::Inference, /*other_stream=*/true);
    CHECK(chain.graph.memory().saved == 0);
  });
}

TEST_CASE("memory is known before it is allocated") {
  each_backend([](Exec& exec) {
    for (const Mode mode : {Mode::Training, Mode::Inference}) {
      ParamStore params(exec);
      params.add("w", {8, 3, 3, 8}, Init::Zeros);
      params.add("b", {1, 1, 1, 8}, Init::Zeros);
      Graph g(exec, params, mode);
      const Value x = g.input({2, 8, 8, 8}), t = g.input({2, 8, 8, 8}, false, DType::F32);
      const Value y = conv2d(x, g.param("w"), {.pad = Pad::same(8, 3, 1)});
      const Value loss = mae(bias(y, g.param("b")), t);
      const GraphMemory told = g.plan_memory({loss});
      const ParamMemory weights = params.memory(mode == Mode::Training);
      CHECK(weights.weights >= (8 * 9 * 8 + 8) * sizeof(float));
      CHECK((weights.gradients > 0) == (mode == Mode::Training));
      CHECK(g.plan_memory({y}).values < told.values);
      params.allocate(mode == Mode::Training);
      g.plan({loss});
      CHECK(g.memory().values == told.values);
      CHECK(g.memory().gradients == told.gradients);
      CHECK(g.memory().saved == told.saved);
      CHECK(g.memory().scratch <= told.scratch);
      CHECK_THROWS_AS(g.plan_memory({loss}), Error);
    }
  });
}

TEST_CASE("what no machine could hold is still told") {
  Exec exec = Cpu();
  ParamStore params(exec);
  Graph g(exec, params);
  const Value x = g.input({1 << 20, 512, 512, 3}, true);
  const GraphMemory memory = g.plan_memory({sigmoid(x)});
  CHECK(memory.values > std::size_t{6} << 40);
  CHECK(memory.gradients > std::size_t{6} << 40);
}

TEST_CASE("what has no memory or no gradient cannot be read") {
  Exec exec = Cpu();
  ParamStore params(exec);
  params.allocate();
  Graph g(exec, params);
  const Value x = g.input({1, 1, 1, 3}), dead = sigmoid(x), y = leaky_relu(x, 0.1F);
  g.plan({y});
  CHECK_THROWS_AS(g.value(dead), Error);
  CHECK_THROWS_AS(g.grad(x), Error);
  CHECK_THROWS_AS(g.plan({y}), Error);
  CHECK_THROWS_AS(sigmoid(x), Error);
}

}  // namespace cameo::test
