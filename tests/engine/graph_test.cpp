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
