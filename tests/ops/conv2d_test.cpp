// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

OpCase conv_case(std::string name, Shape x, Shape w, int stride, Shape out) {
  const Pad pad = Pad::same(x.h, w.h, stride);
  return {.name = std::move(name),
          .wants = {x, w},
          .out = out,
          .build = [=](In v) { return conv2d(v[0], v[1], {.stride = stride, .pad = pad}); },
          .step = 0.1F,  // linear in each leaf: a large step only lessens rounding
          // One that a shape lacks gives the first.
          .algorithms = kernels::conv2d_algorithms()};
}

}  // namespace

TEST_CASE("conv2d 5x5 stride 2, lopsided padding") {
  OpCase op = conv_case("conv2d 5x5 s2", {2, 8, 8, 3}, {6, 5, 5, 3}, 2, {2, 4, 4, 6});
  op.golden = "conv2d_5x5_s2.safetensors";
  op.golden_tolerance = 2e-5;  // sums of 75 products
  check_op(op);
}

TEST_CASE("conv2d 3x3") {
  OpCase op = conv_case("conv2d 3x3", {2, 5, 6, 4}, {8, 3, 3, 4}, 1, {2, 5, 6, 8});
  op.golden = "conv2d_3x3.safetensors";
  op.golden_tolerance = 2e-5;
  check_op(op);
}

TEST_CASE("conv2d 5x5 to three channels") {
  check_op(conv_case("conv2d 5x5 out", {2, 6, 5, 12}, {3, 5, 5, 12}, 1, {2, 6, 5, 3}));
}

TEST_CASE("conv2d with channels enough for blocked layouts and Winograd") {
  // 16 channels a block; the image is larger than one 4x4 tile and not a multiple of it.
  OpCase op = conv_case("conv2d 3x3 wide", {1, 6, 6, 16}, {16, 3, 3, 16}, 1, {1, 6, 6, 16});
  op.tolerance = 2e-3;  // Winograd F(4,3) loses about a digit
  check_op(op);
}

TEST_CASE("conv2d refuses other channels and a window larger than its input") {
  Exec exec = Cpu();
  ParamStore params(exec);
  Graph g(exec, params);
  const Value x = g.input({2, 4, 4, 6});
  CHECK_THROWS_WITH_AS(conv2d(x, g.input({8, 3, 3, 5})), doctest::Contains("wants 5"), Error);
  CHECK_THROWS_WITH_AS(conv2d(x, g.input({8, 5, 5, 6})), doctest::Contains("larger"), Error);
}

}  // namespace cameo::test
