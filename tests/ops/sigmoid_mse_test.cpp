// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

}  // namespace

TEST_CASE("sigmoid_mse: squares of a sigmoid's errors, where the target is not negative") {
  // Targets of both signs: half the elements are ignored.
  check_op({.name = "sigmoid_mse",
            .wants = {{2, 3, 5, 7}},
            .out = {},
            .build = [](In v) { return sigmoid_mse(v[0], v[1]); },
            .fixed = {{2, 3, 5, 7}}});
  // By hand: sigmoid(0) is 1/2. Errors 1/2, ignored, 0, 1/4: (1/4 + 1/16) / 4.
  Exec exec = Cpu();
  ParamStore params(exec);
  params.add("unused", {}, Init::Zeros);
  params.allocate();
  Graph g(exec, params);
  const Value x = g.input({1, 1, 4, 1}, true), t = g.input({1, 1, 4, 1});
  const Value loss = sigmoid_mse(x, t);
  g.plan({loss});
  write(exec, g.value(t), std::vector<float>{0, -1, 0.5F, 0.75F});
  g.forward();
  g.backward();
  CHECK(*g.value(loss).f32() == 0.078125F);
  // 2 (y - t) y (1 - y) / 4, and y (1 - y) is 1/4.
  CHECK(read(exec, g.grad(x)) == std::vector<float>{0.0625F, 0, 0, -0.03125F});
  Graph other(exec, params);
  CHECK_THROWS_WITH_AS(sigmoid_mse(other.input({1, 2, 2, 1}, true), other.input({1, 2, 2, 3})),
                       doctest::Contains("[1,2,2,1] against target [1,2,2,3]"), Error);
}

}  // namespace cameo::test
