// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

}  // namespace

TEST_CASE("bias_leaky equals bias, then leaky_relu") {
  check_op({.name = "bias_leaky",
            .wants = {{2, 3, 5, 7}, {1, 1, 1, 7}},
            .out = {2, 3, 5, 7},
            .build = [](In v) { return bias_leaky(v[0], v[1], 0.1F); },
            .away = 1.2F,  // |x| > 1.2 and |b| < 1, so x + b has no zero
            .golden = "bias_leaky.safetensors"});
}

}  // namespace cameo::test
