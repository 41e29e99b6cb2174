// SPDX-License-Identifier: MIT
#include <array>
#include <numeric>
#include <string>

#include <doctest/doctest.h>

#include "base/error.h"
#include "kernels/cuda/launch.h"
#include "tests/simt/faulty.h"
#include "tests/simt/trial.h"
#include "tests/support/programs.h"

using namespace cameo;
using namespace cameo::test;

namespace {

using Row = std::array<float, kFaultyThreads>;

/// What the kernel makes of first, first + 1, ...
Row reversed(void (*kernel)(const float*, float*), unsigned order, float first) {
  Row x{}, y{};
  std::iota(x.begin(), x.end(), first);
  simt::set_order(order);
  simt::run(1, kFaultyThreads, [&] { kernel(x.data(), y.data()); });
  return y;
}

bool is_reversed(const Row& y, float first) {
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (y[y.size() - 1 - i] != first + static_cast<float>(i)) return false;
  }
  return true;
}

Outcome run_fault(const std::string& name) {
  return run_shell("cameo-simt-faults " + name, Scratch().path().parent_path());
}

void check_that_it_goes_on() {
  CHECK(is_reversed(reversed(reverse, 0, 1), 1));
}

}  // namespace

TEST_CASE("a barrier makes every order of threads the same") {
  for (const unsigned order : {0U, 1U, 2U, 3U}) {
    const auto first = static_cast<float>(100 * order);
    CHECK(is_reversed(reversed(reverse, order, first), first));
  }
}

TEST_CASE("a missing barrier shows in the result") {
  for (const unsigned order : {0U, 1U, 2U}) {
    const auto first = static_cast<float>(100 * order + 1);
    CHECK(!is_reversed(reversed(reverse_at_once, order, first), first));
  }
}

TEST_CASE("threads that wait at different places are reported") {
  for (const unsigned order : {0U, 1U}) {
    simt::set_order(order);
    CHECK_THROWS_WITH_AS(simt::run(1, 32, wait_apart),
                         "kernel, block (0,0,0): divergent barrier: 16 threads wait for the block, "
                         "16 in a shuffle, 0 have ended",
                         simt::Misuse);
    CHECK_THROWS_AS(simt::run(1, 32, wait_at_two), simt::Misuse);
    check_that_it_goes_on();
  }
}

TEST_CASE("a lane that asks outside of its mask is reported") {
  CHECK_THROWS_WITH_AS(simt::run(1, 32, ask_outside),
                       "kernel, block (0,0,0): lane 0 wants the value of lane 16, which gives none",
                       simt::Misuse);
  check_that_it_goes_on();
}

TEST_CASE("a write beyond the end of an array ends the program") {
  const Outcome outcome = run_fault("past-end");
  CHECK(outcome.code != 0);
  CHECK(contains(outcome.err, "heap-buffer-overflow"));
  CHECK(contains(outcome.err, "write_past_end"));
}

TEST_CASE("16 bytes from a crooked address end the program") {
  const Outcome outcome = run_fault("askew");
  CHECK(outcome.code != 0);
  CHECK(contains(outcome.err, "misaligned address"));
}

TEST_CASE("a kernel without fault passes") {
  CHECK(run_fault("none").code == 0);
}

TEST_CASE("a block that no GPU holds is refused") {
  const Array array({1, 1, 1, 4}, DType::F32);
  constexpr unsigned kTooMany = 2048;
  CHECK_THROWS_WITH_AS(
      kernels::launch(gpu(), write_past_end, 1, kTooMany, array.view().f32(), 3),
      "cuda: a kernel of 1x1x1 blocks of 2048x1x1 threads was refused: invalid configuration "
      "argument",
      Error);
}
