// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

}  // namespace

TEST_CASE("add sums two tensors and hands both the gradient") {
  // Channels of broken packs and of whole ones.
  for (const Shape s : {Shape{2, 3, 5, 7}, Shape{2, 3, 4, 8}})
    check_op(
        {.name = "add", .wants = {s, s}, .out = s, .build = [](In v) { return add(v[0], v[1]); }});
}

TEST_CASE("add of a value to itself doubles it and its gradient") {
  const Shape s{1, 2, 3, 4};
  check_op(
      {.name = "add(x, x)", .wants = {s}, .out = s, .build = [](In v) { return add(v[0], v[0]); }});
}

TEST_CASE("add: 1 + 2 = 3, by hand") {
  Exec exec = Cpu();
  ParamStore params(exec);
  params.allocate();
  Graph g(exec, params);
  const Value a = g.input({1, 1, 1, 3}, true), b = g.input({1, 1, 1, 3}, true);
  const Value y = add(a, b);
  CHECK_THROWS_WITH_AS(add(a, g.input({1, 1, 1, 4})),
                       doctest::Contains("add: [1,1,1,3] and [1,1,1,4] differ"), Error);
  g.plan({y});
  write(exec, g.value(a), std::vector<float>{1, -2, 0.5F});
  write(exec, g.value(b), std::vector<float>{2, 5, 0.25F});
  g.forward();
  CHECK(read(exec, g.value(y)) == std::vector<float>{3, 3, 0.75F});
  g.backward();
  CHECK(read(exec, g.grad(a)) == std::vector<float>{1, 1, 1});
  CHECK(read(exec, g.grad(b)) == std::vector<float>{1, 1, 1});
}

}  // namespace cameo::test
