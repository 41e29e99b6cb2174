// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

}  // namespace

TEST_CASE("pixel_shuffle spreads channels as depth_to_space does") {
  check_op({.name = "pixel_shuffle",
            .wants = {{2, 3, 5, 12}},
            .out = {2, 6, 10, 3},
            .build = [](In v) { return pixel_shuffle(v[0], 2); },
            .golden = "pixel_shuffle.safetensors"});
}

TEST_CASE("pixel_shuffle refuses channels that do not divide") {
  Exec exec = Cpu();
  ParamStore params(exec);
  Graph g(exec, params);
  const Value x = g.input({2, 4, 4, 6});
  CHECK_THROWS_WITH_AS(pixel_shuffle(x, 2),
                       doctest::Contains("pixel_shuffle: 6 channels do not divide"), Error);
}

}  // namespace cameo::test
