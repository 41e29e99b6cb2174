// SPDX-License-Identifier: MIT
#include <cmath>

#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

/// Loss and gradient of single logits.
struct One {
  float loss, gradient;
};
One of_logit(float logit, float label) {
  Exec exec = Cpu();
  ParamStore params(exec);
  params.allocate();
  Graph g(exec, params);
  const Value x = g.input({}, true), loss = bce_with_logits(x, label);
  g.plan({loss});
  write(exec, g.value(x), std::vector<float>{logit});
  g.forward();
  g.backward();
  return {read(exec, g.value(loss))[0], read(exec, g.grad(x))[0]};
}

}  // namespace

TEST_CASE("bce_with_logits is the mean binary cross-entropy, whatever the label") {
  for (const float label : {0.0F, 0.9F, 1.0F})
    check_op({.name = "bce_with_logits",
              .wants = {{2, 3, 5, 7}},
              .out = {},
              .build = [=](In v) { return bce_with_logits(v[0], label); },
              .tolerance = 5e-3});  // one number near 1, divided by the step: float32's rounding
}

TEST_CASE("bce_with_logits by hand, and no overflow far out") {
  const One even = of_logit(0, 1);
  CHECK(even.loss == doctest::Approx(std::log(2.0)));
  CHECK(even.gradient == -0.5F);
  const double s = 1 / (1 + std::exp(-1.5));  // -(0.9 log s + 0.1 log(1 - s)) and s - 0.9
  const One soft = of_logit(1.5F, 0.9F);
  CHECK(soft.loss == doctest::Approx(-0.9 * std::log(s) - 0.1 * std::log(1 - s)));
  CHECK(soft.gradient == doctest::Approx(s - 0.9));
  CHECK(of_logit(300, 0).loss == 300);
  CHECK(of_logit(300, 0).gradient == 1);
  CHECK(of_logit(-300, 0).loss == 0);
  CHECK(of_logit(-300, 1).loss == 300);
}

TEST_CASE("bce_with_logits refuses a label that is no probability") {
  CHECK_THROWS_WITH_AS(of_logit(0, 1.5F), doctest::Contains("label 1.5 must be 0 to 1"), Error);
}

}  // namespace cameo::test
