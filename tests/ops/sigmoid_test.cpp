// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

}  // namespace

TEST_CASE("sigmoid and its gradient") {
  check_op({.name = "sigmoid",
            .wants = {{2, 3, 5, 7}},
            .out = {2, 3, 5, 7},
            .build = [](In v) { return sigmoid(v[0]); },
            .golden = "sigmoid.safetensors"});
}

}  // namespace cameo::test
