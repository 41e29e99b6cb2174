// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

}  // namespace

TEST_CASE("leaky_relu keeps what is positive and shrinks the rest") {
  check_op({.name = "leaky_relu",
            .wants = {{2, 3, 5, 7}},
            .out = {2, 3, 5, 7},
            .build = [](In v) { return leaky_relu(v[0], 0.1F); },
            .away = 0.05F,
            .golden = "leaky_relu.safetensors"});
}

TEST_CASE("leaky_relu of slope 0 is ReLU, both ways") {
  check_op({.name = "leaky_relu of slope 0",
            .wants = {{2, 3, 5, 7}},
            .out = {2, 3, 5, 7},
            .build = [](In v) { return leaky_relu(v[0], 0); },
            .away = 0.05F});
}

TEST_CASE("leaky_relu refuses a negative slope") {
  Exec exec = Cpu();
  ParamStore params(exec);
  Graph g(exec, params);
  const Value x = g.input({2, 4, 4, 6});
  CHECK_THROWS_WITH_AS(leaky_relu(x, -0.1F), doctest::Contains("slope must not be negative"),
                       Error);
}

}  // namespace cameo::test
