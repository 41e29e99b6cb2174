// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

}  // namespace

TEST_CASE("sigmoid_mae equals sigmoid, then mae") {
  check_op({.name = "sigmoid_mae",
            .wants = {{2, 3, 5, 7}},
            .out = {},
            .build = [](In v) { return sigmoid_mae(v[0], v[1]); },
            .fixed = {{2, 3, 5, 7}},
            .tolerance = 5e-3,  // the same, and the sigmoid bends within a step
            .fixed_away = 1,    // the kink lies where sigmoid(x), below 1, meets the target
            .golden = "sigmoid_mae.safetensors"});
}

TEST_CASE("sigmoid_mae weighs pixels by a mask, one for all images or one for each") {
  for (const int masks : {1, 2})
    check_op({.name = "sigmoid_mae with a mask",
              .wants = {{2, 3, 5, 7}},
              .out = {},
              .build = [](In v) { return sigmoid_mae(v[0], v[1], v[2]); },
              .fixed = {{2, 3, 5, 7}, {masks, 3, 5, 1}},
              .tolerance = 5e-3,
              .fixed_away = 1});
  // By hand: sigmoid(0) is 1/2, so each error is 1/2; of two pixels with two channels the first
  // counts thrice, the second not at all: (3 + 3 + 0 + 0) / 2 / 4.
  Exec exec = Cpu();
  ParamStore params(exec);
  params.add("unused", {}, Init::Zeros);
  params.allocate();
  Graph g(exec, params);
  const Value x = g.input({1, 1, 2, 2}, true), t = g.input({1, 1, 2, 2}),
              mask = g.input({1, 1, 2, 1});
  const Value loss = sigmoid_mae(x, t, mask);
  g.plan({loss});
  write(exec, g.value(mask), std::vector<float>{3, 0});
  g.forward();
  g.backward();
  CHECK(*g.value(loss).f32() == 0.75F);
  // d sigmoid at 0 is 1/4: 3/4/4 for the first pixel.
  CHECK(read(exec, g.grad(x)) == std::vector<float>{0.1875F, 0.1875F, 0, 0});
  Graph other(exec, params);
  const Value a = other.input({2, 1, 2, 2}, true), b = other.input({2, 1, 2, 2});
  CHECK_THROWS_WITH_AS(sigmoid_mae(a, b, other.input({1, 2, 2, 1})),
                       doctest::Contains("the mask is [1,2,2,1], for images [2,1,2,2]"), Error);
}

}  // namespace cameo::test
