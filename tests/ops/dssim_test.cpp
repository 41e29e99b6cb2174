// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

}  // namespace

TEST_CASE("dssim: every window inside the images counts, each channel for itself") {
  check_op({.name = "dssim",
            .wants = {{2, 13, 14, 3}},
            .out = {},
            .build = [](In v) { return dssim(v[0], v[1], 0.5F); },
            .fixed = {{2, 13, 14, 3}},
            .golden = "dssim.safetensors"});
}

}  // namespace cameo::test
