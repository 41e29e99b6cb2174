// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

OpCase transpose_case(Shape x, Shape w, int stride) {
  return {.name = "conv2d_transpose",
          .wants = {x, w},
          .out = {x.n, stride * x.h, stride * x.w, w.c},
          .build = [=](In v) { return conv2d_transpose(v[0], v[1], stride); },
          .step = 0.1F,  // linear in each leaf: a large step only lessens rounding
          .algorithms = kernels::conv2d_algorithms()};
}

}  // namespace

TEST_CASE("conv2d_transpose 3x3 of strides 2 and 1") {
  check_op(transpose_case({2, 4, 4, 8}, {8, 3, 3, 4}, 2));
  check_op(transpose_case({2, 5, 5, 6}, {6, 3, 3, 4}, 1));
}

TEST_CASE("conv2d_transpose by hand: each pixel paints its window, and what overlaps adds up") {
  Exec exec = Cpu();
  ParamStore params(exec);
  params.allocate();
  Graph g(exec, params);
  const Value x = g.input({1, 2, 2, 1}), w = g.input({1, 3, 3, 1});
  const Value y = conv2d_transpose(x, w, 2);
  g.plan({y});
  write(exec, g.value(x), std::vector<float>{1, 10, 100, 1000});
  write(exec, g.value(w), std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9});
  g.forward();
  // Windows begin at rows and columns 0 and 2, as those of a "same" convolution of stride 2 do; the
  // fifth row and column, which they also reach, are its padding.
  CHECK(read(exec, g.value(y)) == std::vector<float>{1, 2, 13, 20,          //
                                                     4, 5, 46, 50,          //
                                                     107, 208, 1379, 2080,  //
                                                     400, 500, 4600, 5000});
}

TEST_CASE("conv2d_transpose is the gradient of the convolution that it undoes the shapes of") {
  each_backend([](Exec& exec) {
    ParamStore params(exec);
    params.allocate();
    Graph g(exec, params);
    const Value big = g.input({2, 8, 8, 3}, true), w = g.input({4, 3, 3, 3});
    const Value small = conv2d(big, w, {.stride = 2, .pad = Pad::same(8, 3, 2)});
    const Value seed = g.input(small.shape()), painted = conv2d_transpose(seed, w, 2);
    g.plan({small, painted});
    write(exec, g.value(w), numbers(w.shape().size(), 1));
    write(exec, g.value(big), numbers(big.shape().size(), 2));
    const std::vector<float> d = numbers(seed.shape().size(), 3);
    write(exec, g.value(seed), d);
    write(exec, g.grad(small), d);
    g.forward();
    g.backward(RootGrad::Filled);
    CHECK(largest_difference(read(exec, g.value(painted)), read(exec, g.grad(big))) < 1e-5);
  });
}

TEST_CASE("conv2d_transpose refuses other channels and images that are no squares") {
  Exec exec = Cpu();
  ParamStore params(exec);
  Graph g(exec, params);
  const Value x = g.input({2, 4, 4, 6});
  CHECK_THROWS_WITH_AS(conv2d_transpose(x, g.input({5, 3, 3, 8}), 2),
                       doctest::Contains("has 6 channels"), Error);
  CHECK_THROWS_WITH_AS(conv2d_transpose(g.input({2, 4, 6, 6}), g.input({6, 3, 3, 8}), 2),
                       doctest::Contains("must be squares"), Error);
}

}  // namespace cameo::test
