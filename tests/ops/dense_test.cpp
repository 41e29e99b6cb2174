// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

}  // namespace

TEST_CASE("dense and its gradients") {
  check_op({.name = "dense",
            .wants = {{3, 2, 2, 5}, {8, 1, 1, 20}, {1, 1, 1, 8}},
            .out = {3, 2, 2, 2},
            .build = [](In v) { return dense(v[0], v[1], v[2], {.h = 2, .w = 2}); },
            .golden = "dense.safetensors",
            .algorithms = {"packed", "gemm"}});
}

TEST_CASE("dense refuses a kernel for other inputs") {
  Exec exec = Cpu();
  ParamStore params(exec);
  Graph g(exec, params);
  const Value x = g.input({2, 4, 4, 6});
  CHECK_THROWS_WITH_AS(dense(x, g.input({8, 1, 1, 95}), g.input({1, 1, 1, 8})),
                       doctest::Contains("has 96"), Error);
}

}  // namespace cameo::test
