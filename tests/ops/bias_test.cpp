// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

}  // namespace

TEST_CASE("bias adds one number a channel and collects their gradients") {
  check_op({.name = "bias",
            .wants = {{2, 3, 5, 7}, {1, 1, 1, 7}},
            .out = {2, 3, 5, 7},
            .build = [](In v) { return bias(v[0], v[1]); },
            .golden = "bias.safetensors"});
}

TEST_CASE("bias refuses one that does not match the channels") {
  Exec exec = Cpu();
  ParamStore params(exec);
  Graph g(exec, params);
  const Value x = g.input({2, 4, 4, 6});
  CHECK_THROWS_WITH_AS(bias(x, g.input({1, 1, 1, 5})), doctest::Contains("it must be [1,1,1,6]"),
                       Error);
}

}  // namespace cameo::test
