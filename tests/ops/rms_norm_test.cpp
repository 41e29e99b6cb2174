// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

}  // namespace

TEST_CASE("rms_norm scales each sample by all of its values") {
  // 2310 values fill a GPU's block more than once, 64 are moved 16 bytes at a time.
  for (const Shape shape : {Shape{3, 2, 3, 5}, Shape{2, 11, 14, 15}, Shape{2, 2, 4, 8}}) {
    CAPTURE(shape.c);
    check_op({.name = "rms_norm", .wants = {shape}, .out = shape, .build = [](In v) {
                return rms_norm(v[0]);
              }});
  }
}

TEST_CASE("rms_norm of known values, a sample of zeros among them") {
  each_backend([](Exec& exec) {
    ParamStore params(exec);
    Graph g(exec, params);
    const Value x = g.input({3, 1, 2, 2}, true), y = rms_norm(x);
    g.plan({y});
    write(exec, g.value(x), std::vector<float>{3, -1, 1, 5, 0, 0, 0, 0, 2, 2, 2, 2});
    g.forward();
    // The squares of 3, -1, 1, 5 have the mean 9.
    const std::vector<float> wanted{1, -1 / 3.0F, 1 / 3.0F, 5 / 3.0F, 0, 0, 0, 0, 1, 1, 1, 1};
    const double rounding = x.graph->exec().index() == 0 ? 1e-6 : 5e-3;  // a GPU's may be bfloat16
    CHECK(largest_difference(read(exec, g.value(y)), wanted) < rounding);
    // d sum(y) / dx = s - s^3 x sum(x) / 4 with s = 1/3 and sum(x) = 8; of equal values 0, and of
    // zeros 1 / sqrt(eps).
    write(exec, g.grad(y), std::vector<float>(12, 1));
    g.backward(RootGrad::Filled);
    const auto dx = read(exec, g.grad(x));
    const std::vector<float> first{1 / 9.0F, 11 / 27.0F, 7 / 27.0F, -1 / 27.0F};
    CHECK(largest_difference(std::span(dx).first(4), first) < rounding);
    CHECK(dx[4] == doctest::Approx(1000).epsilon(5e-3));
    CHECK(std::abs(dx[8]) < rounding);
  });
}

TEST_CASE("rms_norm refuses an eps that is not positive") {
  Exec exec = Cpu();
  ParamStore params(exec);
  Graph g(exec, params);
  const Value x = g.input({2, 4, 4, 6});
  for (const float eps : {0.0F, std::numeric_limits<float>::quiet_NaN()})
    CHECK_THROWS_WITH_AS(rms_norm(x, eps), doctest::Contains("rms_norm: eps must be"), Error);
}

}  // namespace cameo::test
