// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

}  // namespace

TEST_CASE("mae is the mean of absolute differences") {
  check_op({.name = "mae",
            .wants = {{2, 3, 5, 7}},
            .out = {},
            .build = [](In v) { return mae(v[0], v[1]); },
            .fixed = {{2, 3, 5, 7}},
            .tolerance = 2e-3,  // one number near 1, divided by the step: float32's rounding
            .away = 1.2F,       // the kink lies where input and target meet, and |t| < 1
            .golden = "mae.safetensors"});
}

TEST_CASE("mae refuses a target of another shape") {
  Exec exec = Cpu();
  ParamStore params(exec);
  Graph g(exec, params);
  const Value x = g.input({2, 4, 4, 6});
  CHECK_THROWS_WITH_AS(mae(x, g.input({2, 4, 4, 5})), doctest::Contains("mae: "), Error);
}

}  // namespace cameo::test
