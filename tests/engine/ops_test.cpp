// SPDX-License-Identifier: MIT
#include "engine/ops.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

}  // namespace

TEST_CASE("bias adds one number a channel and collects their gradients") {
  check_op({.name = "bias",
            .wants = {{2, 3, 5, 7}, {1, 1, 1, 7}},
            .out = {2, 3, 5, 7},
            .build = [](In v) { return bias(v[0], v[1]); },
            .golden = "bias.safetensors"});
}

TEST_CASE("leaky_relu keeps what is positive and shrinks the rest") {
  check_op({.name = "leaky_relu",
            .wants = {{2, 3, 5, 7}},
            .out = {2, 3, 5, 7},
            .build = [](In v) { return leaky_relu(v[0], 0.1F); },
            .away = 0.05F,
            .golden = "leaky_relu.safetensors"});
}

TEST_CASE("sigmoid and its gradient") {
  check_op({.name = "sigmoid",
            .wants = {{2, 3, 5, 7}},
            .out = {2, 3, 5, 7},
            .build = [](In v) { return sigmoid(v[0]); },
            .golden = "sigmoid.safetensors"});
}

TEST_CASE("pixel_shuffle spreads channels as depth_to_space does") {
  check_op({.name = "pixel_shuffle",
            .wants = {{2, 3, 5, 12}},
            .out = {2, 6, 10, 3},
            .build = [](In v) { return pixel_shuffle(v[0], 2); },
            .golden = "pixel_shuffle.safetensors"});
}

TEST_CASE("bias_leaky and bias_leaky_shuffle") {
  check_op({.name = "bias_leaky",
            .wants = {{2, 3, 5, 7}, {1, 1, 1, 7}},
            .out = {2, 3, 5, 7},
            .build = [](In v) { return bias_leaky(v[0], v[1], 0.1F); },
            .away = 1.2F,  // |x| > 1.2 and |b| < 1, so x + b has no zero
            .golden = "bias_leaky.safetensors"});
  check_op({.name = "bias_leaky_shuffle",
            .wants = {{2, 3, 5, 12}, {1, 1, 1, 12}},
            .out = {2, 6, 10, 3},
            .build = [](In v) { return bias_leaky_shuffle(v[0], v[1], 0.1F, 2); },
            .away = 1.2F,
            .golden = "bias_leaky_shuffle.safetensors"});
}

TEST_CASE("mae is the mean of absolute differences") {
  check_op({.name = "mae",
            .wants = {{2, 3, 5, 7}},
            .out = {},
            .build = [](In v) { return mae(v[0], v[1]); },
            .fixed = {{2, 3, 5, 7}},
            .tolerance = 2e-3,  // one number near 1, divided by the step: float32's rounding
            .away = 1.2F,       // the kink lies where input and target meet, and |t| < 1
            .golden = "mae.safetensors"});
}

TEST_CASE("sigmoid_mae equals sigmoid, then mae") {
  check_op({.name = "sigmoid_mae",
            .wants = {{2, 3, 5, 7}},
            .out = {},
            .build = [](In v) { return sigmoid_mae(v[0], v[1]); },
            .fixed = {{2, 3, 5, 7}},
            .tolerance = 5e-3,  // the same, and the sigmoid bends within a step
            .fixed_away = 1,    // the kink lies where sigmoid(x), below 1, meets the target
            .golden = "sigmoid_mae.safetensors"});
}

TEST_CASE("sigmoid_mae weighs pixels by a mask, one for all images or one for each") {
  for (const int masks : {1, 2})
    check_op({.name = "sigmoid_mae with a mask",
              .wants = {{2, 3, 5, 7}},
              .out = {},
              .build = [](In v) { return sigmoid_mae(v[0], v[1], v[2]); },
              .fixed = {{2, 3, 5, 7}, {masks, 3, 5, 1}},
              .tolerance = 5e-3,
              .fixed_away = 1});
  // By hand: sigmoid(0) is 1/2, so each error is 1/2; of two pixels with two channels the first
  // counts thrice, the second not at all: (3 + 3 + 0 + 0) / 2 / 4.
  Exec exec = Cpu();
  ParamStore params(exec);
  params.add("unused", {}, Init::Zeros);
  params.allocate();
  Graph g(exec, params);
  const Value x = g.input({1, 1, 2, 2}, true), t = g.input({1, 1, 2, 2}),
              mask = g.input({1, 1, 2, 1});
  const Value loss = sigmoid_mae(x, t, mask);
  g.plan({loss});
  write(exec, g.value(mask), std::vector<float>{3, 0});
  g.forward();
  g.backward();
  CHECK(*g.value(loss).f32() == 0.75F);
  // d sigmoid at 0 is 1/4: 3/4/4 for the first pixel.
  CHECK(read(exec, g.grad(x)) == std::vector<float>{0.1875F, 0.1875F, 0, 0});
  Graph other(exec, params);
  const Value a = other.input({2, 1, 2, 2}, true), b = other.input({2, 1, 2, 2});
  CHECK_THROWS_WITH_AS(sigmoid_mae(a, b, other.input({1, 2, 2, 1})),
                       doctest::Contains("the mask is [1,2,2,1], for images [2,1,2,2]"), Error);
}

TEST_CASE("dssim: every window inside the images counts, each channel for itself") {
  check_op({.name = "dssim",
            .wants = {{2, 13, 14, 3}},
            .out = {},
            .build = [](In v) { return dssim(v[0], v[1], 0.5F); },
            .fixed = {{2, 13, 14, 3}},
            .golden = "dssim.safetensors"});
}

TEST_CASE("slice takes images of a batch, and gives the rest no gradient") {
  check_op({.name = "slice", .wants = {{5, 2, 3, 4}}, .out = {2, 2, 3, 4}, .build = [](In v) {
              return slice(v[0], 1, 2);
            }});
}

TEST_CASE("dense") {
  for (const char* way : {"packed", "gemm"}) {
    Cpu cpu;
    cpu.forced_algorithm = way;
    Exec exec = cpu;
    check_op({.name = std::string("dense ") + way,
              .wants = {{3, 2, 2, 5}, {8, 1, 1, 20}, {1, 1, 1, 8}},
              .out = {3, 2, 2, 2},
              .build = [](In v) { return dense(v[0], v[1], v[2], {.h = 2, .w = 2}); },
              .golden = "dense.safetensors"},
             exec);
  }
}

TEST_CASE("a shape that does not fit is refused with the numbers") {
  Exec exec = Cpu();
  ParamStore params(exec);
  Graph g(exec, params);
  const Value x = g.input({2, 4, 4, 6});
  const auto says = [](auto f) -> std::string {
    try {
      f();
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  CHECK(says([&] { pixel_shuffle(x, 2); }).starts_with("pixel_shuffle: 6 channels do not divide"));
  CHECK(says([&] { bias(x, g.input({1, 1, 1, 5})); }).find("[1,1,1,6]") != std::string::npos);
  CHECK(says([&] { conv2d(x, g.input({8, 3, 3, 5})); }).find("wants 5") != std::string::npos);
  CHECK(says([&] { conv2d(x, g.input({8, 5, 5, 6})); }).find("larger") != std::string::npos);
  CHECK(says([&] { slice(x, 1, 2); }).find("batch of 2") != std::string::npos);
  CHECK(says([&] {
          dense(x, g.input({8, 1, 1, 95}), g.input({1, 1, 1, 8}));
        }).find("96") != std::string::npos);
  CHECK(says([&] { leaky_relu(x, 0); }).find("slope") != std::string::npos);
  CHECK(says([&] { mae(x, g.input({2, 4, 4, 5})); }).starts_with("mae:"));
}

TEST_CASE("fused ops equal their parts") {
  // Bit for bit, since both do the same operations in the same order on each element; sums over
  // pixels go by the same fixed stretches for bias, but for the shuffle in another order.
  Exec exec = Cpu();
  ParamStore params(exec);
  params.allocate();
  const Shape shape{2, 6, 10, 12};
  Graph g(exec, params);
  const Value x = g.input(shape, true), b = g.input({1, 1, 1, 12}, true);
  const Value fused = bias_leaky_shuffle(x, b, 0.1F, 2);
  Graph h(exec, params);
  const Value hx = h.input(shape, true), hb = h.input({1, 1, 1, 12}, true);
  const Value parts = pixel_shuffle(leaky_relu(bias(hx, hb), 0.1F), 2);
  g.plan({fused});
  h.plan({parts});
  const auto xs = numbers(shape.size(), 1), bs = numbers(12, 2), seed = numbers(shape.size(), 3);
  write(exec, g.value(x), xs);
  write(exec, h.value(hx), xs);
  write(exec, g.value(b), bs);
  write(exec, h.value(hb), bs);
  for (Graph* graph : {&g, &h}) graph->forward();
  write(exec, g.grad(fused), seed);
  write(exec, h.grad(parts), seed);
  for (Graph* graph : {&g, &h}) graph->backward(RootGrad::Filled);
  CHECK(read(exec, g.value(fused)) == read(exec, h.value(parts)));
  CHECK(read(exec, g.grad(x)) == read(exec, h.grad(hx)));
  CHECK(largest_difference(read(exec, g.grad(b)), read(exec, h.grad(hb))) <= 1e-5);
}

}  // namespace cameo::test
