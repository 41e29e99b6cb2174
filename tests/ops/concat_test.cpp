// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

}  // namespace

TEST_CASE("concat puts channels side by side and takes their gradients apart") {
  // Channels of broken packs, of whole ones in float32 only, and in bfloat16 too.
  for (const auto& [a, b] : {std::pair{3, 5}, {4, 8}, {16, 8}, {8, 1}})
    check_op({.name = "concat",
              .wants = {{2, 3, 5, a}, {2, 3, 5, b}},
              .out = {2, 3, 5, a + b},
              .build = [](In v) { return concat(v[0], v[1]); }});
}

TEST_CASE("concat of a value with itself sums both gradients") {
  check_op(
      {.name = "concat(x, x)", .wants = {{1, 2, 3, 4}}, .out = {1, 2, 3, 8}, .build = [](In v) {
         return concat(v[0], v[0]);
       }});
}

TEST_CASE("concat: two pixels, by hand") {
  Exec exec = Cpu();
  ParamStore params(exec);
  params.allocate();
  Graph g(exec, params);
  const Value a = g.input({1, 1, 2, 1}, true), b = g.input({1, 1, 2, 2}, true);
  const Value y = concat(a, b);
  CHECK_THROWS_WITH_AS(concat(a, g.input({1, 2, 1, 2})),
                       doctest::Contains("concat: [1,1,2,1] and [1,2,1,2] differ"), Error);
  g.plan({y});
  write(exec, g.value(a), std::vector<float>{1, 2});
  write(exec, g.value(b), std::vector<float>{3, 4, 5, 6});
  g.forward();
  CHECK(read(exec, g.value(y)) == std::vector<float>{1, 3, 4, 2, 5, 6});
  write(exec, g.grad(y), std::vector<float>{10, 20, 30, 40, 50, 60});
  g.backward(RootGrad::Filled);
  CHECK(read(exec, g.grad(a)) == std::vector<float>{10, 40});
  CHECK(read(exec, g.grad(b)) == std::vector<float>{20, 30, 50, 60});
}

}  // namespace cameo::test
