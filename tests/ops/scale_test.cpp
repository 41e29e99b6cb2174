// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

}  // namespace

TEST_CASE("scale multiplies by a constant, forward and back") {
  for (const Shape s : {Shape{2, 3, 5, 7}, Shape{2, 3, 4, 8}})
    check_op({.name = "scale", .wants = {s}, .out = s, .build = [](In v) {
                return scale(v[0], -0.75F);
              }});
}

TEST_CASE("scale: weights of two losses, by hand") {
  // 0.5 * 6 + 3 * 2 = 9.
  Exec exec = Cpu();
  ParamStore params(exec);
  params.allocate();
  Graph g(exec, params);
  const Value a = g.input({}, true), b = g.input({}, true);
  const Value sum = add(scale(a, 0.5F), scale(b, 3));
  g.plan({sum});
  write(exec, g.value(a), std::vector<float>{6});
  write(exec, g.value(b), std::vector<float>{2});
  g.forward();
  g.backward();
  CHECK(read(exec, g.value(sum)) == std::vector<float>{9});
  CHECK(read(exec, g.grad(a)) == std::vector<float>{0.5F});
  CHECK(read(exec, g.grad(b)) == std::vector<float>{3});
  CHECK_THROWS_WITH_AS(scale(a, 1 / 0.0F), doctest::Contains("scale: the factor is inf"), Error);
}

}  // namespace cameo::test
