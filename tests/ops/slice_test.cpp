// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

}  // namespace

TEST_CASE("slice takes images of a batch, and gives the rest no gradient") {
  check_op({.name = "slice", .wants = {{5, 2, 3, 4}}, .out = {2, 2, 3, 4}, .build = [](In v) {
              return slice(v[0], 1, 2);
            }});
}

TEST_CASE("slice refuses images beyond the batch") {
  Exec exec = Cpu();
  ParamStore params(exec);
  Graph g(exec, params);
  const Value x = g.input({2, 4, 4, 6});
  CHECK_THROWS_WITH_AS(slice(x, 1, 2), doctest::Contains("batch of 2"), Error);
}

}  // namespace cameo::test
