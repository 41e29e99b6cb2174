// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

}  // namespace

TEST_CASE("bias_leaky_shuffle and its gradients") {
  check_op({.name = "bias_leaky_shuffle",
            .wants = {{2, 3, 5, 12}, {1, 1, 1, 12}},
            .out = {2, 6, 10, 3},
            .build = [](In v) { return bias_leaky_shuffle(v[0], v[1], 0.1F, 2); },
            .away = 1.2F,  // |x| > 1.2 and |b| < 1, so x + b has no zero
            .golden = "bias_leaky_shuffle.safetensors"});
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
