// SPDX-License-Identifier: MIT
#include "engine/params.h"

#include <cmath>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/philox.h"
#include "tests/support/op_case.h"

namespace cameo::test {

TEST_CASE("Philox gives the numbers of its paper") {
  // The known answers of the authors' Random123 test vectors for philox4x32, 10 rounds.
  const Philox4 zero = philox(0, 0, 0);
  CHECK(zero[0] == 0x6627e8d5U);
  CHECK(zero[1] == 0xe169c58dU);
  CHECK(zero[2] == 0xbc57ac4cU);
  CHECK(zero[3] == 0x9b00dbd8U);
  const Philox4 ones = philox(~0ULL, ~0ULL, ~0ULL);
  CHECK(ones[0] == 0x408f276dU);
  CHECK(ones[1] == 0x41c83b0eU);
  CHECK(ones[2] == 0xa20bc7c6U);
  CHECK(ones[3] == 0x6d5451fdU);
}

TEST_CASE("initial weights are Glorot's, the same for the same seed") {
  Exec exec = Cpu();
  ParamStore a(exec), b(exec);
  for (ParamStore* p : {&a, &b}) {
    p->add("conv.weight", {64, 5, 5, 32}, Init::GlorotUniform);
    p->add("conv.bias", {1, 1, 1, 64}, Init::Zeros);
    p->allocate();
    p->initialize(7);
  }
  const auto w = read(exec, a.weight(0));
  CHECK(w == read(exec, b.weight(0)));
  b.initialize(8);
  CHECK(w != read(exec, b.weight(0)));
  const double limit = std::sqrt(6.0 / (25.0 * (32 + 64)));
  double sum = 0, squares = 0, largest = 0;
  for (const float x : w) {
    sum += x;
    squares += double{x} * x;
    largest = std::max(largest, std::abs(double{x}));
  }
  const auto n = static_cast<double>(w.size());
  CHECK(largest <= limit);
  CHECK(largest > 0.999 * limit);
  CHECK(std::abs(sum / n) < 0.01 * limit);
  CHECK(squares / n == doctest::Approx(limit * limit / 3).epsilon(0.02));
  for (const float x : read(exec, a.weight(1))) CHECK(x == 0);
}

TEST_CASE("He's initial weights keep a signal's size through a rectified layer") {
  Exec exec = Cpu();
  ParamStore p(exec);
  p.add("conv.weight", {16, 3, 3, 64}, Init::HeUniform);
  p.allocate();
  p.initialize(3);
  double squares = 0;
  const auto w = read(exec, p.weight(0));
  for (const float x : w) squares += double{x} * x;
  // Variance 2 / fan in: half of what comes in passes the rectifier.
  CHECK(squares / static_cast<double>(w.size()) == doctest::Approx(2.0 / (9 * 64)).epsilon(0.03));
}

TEST_CASE("a range covers neighbours of one prefix") {
  Exec exec = Cpu();
  ParamStore p(exec);
  p.add("encoder.a", {1, 1, 1, 100}, Init::Zeros);
  p.add("encoder.b", {1, 1, 1, 3}, Init::Zeros);
  p.add("decoder.a", {1, 1, 1, 64}, Init::Zeros);
  CHECK(p.range("encoder.").at == 0);
  CHECK(p.range("encoder.").count == 256);
  CHECK(p.range("decoder.").at == 256);
  CHECK(p.range("").count == p.floats());
  CHECK(p.parameters() == 167);
  CHECK_THROWS_AS(p.range("c"), Error);
  CHECK_THROWS_AS(p.add("decoder.a", {}, Init::Zeros), Error);
  p.add("encoder.c", {}, Init::Zeros);
  CHECK_THROWS_AS(p.range("encoder."), Error);
  CHECK_THROWS_AS(p.find("nobody"), Error);
}

}  // namespace cameo::test
