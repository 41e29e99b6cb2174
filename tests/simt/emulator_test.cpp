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
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;

namespace {

/// What kernels are often given: pointers among other things.
struct Holder {
  int count, number = 0;
  float* to;
};

__global__ void write_first(Holder holder) {
  if (threadIdx.x == 0 && holder.count == 1) *holder.to = 1;
}

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

TEST_CASE("a kernel is refused memory that the device did not hand out, bare or in a struct") {
  const Array array({1, 1, 1, 100}, DType::F32);
  float* const there = array.view().f32();
  float on_stack[100] = {};
  static float in_program[100] = {};
  const std::vector<float> on_heap(100);
  float* const dangling = Array({1, 1, 1, 100}, DType::F32).view().f32();
  for (float* const here :
       {on_stack, in_program, const_cast<float*>(on_heap.data()), dangling, there + 101}) {
    const std::string why =
        message_of([&] { kernels::launch(gpu(), write_past_end, 1, kFaultyThreads, here, 1); });
    CHECK(contains(why, "was refused: an illegal memory access was encountered"));
    if (here == dangling || here == there + 101) continue;  // words of a struct may be numbers
    CHECK(contains(message_of([&] {
                     kernels::launch(gpu(), write_first, 1, 1, Holder{.count = 1, .to = here});
                   }),
                   "illegal memory access"));
  }
  kernels::launch(gpu(), write_first, 1, 1, Holder{.count = 1, .to = there});
  kernels::launch(gpu(), write_past_end, 1, kFaultyThreads, there, 1);
  const Memory own = gpu().allocate(sizeof(float)), pinned = gpu().allocate_pinned(sizeof(float));
  for (const Memory* memory : {&own, &pinned})
    kernels::launch(gpu(), write_first, 1, 1,
                    Holder{.count = 1, .to = reinterpret_cast<float*>(memory->get())});
  gpu().synchronize();
  CHECK(there[0] == 1);
  CHECK(*reinterpret_cast<float*>(pinned.get()) == 1);
}

TEST_CASE("numbers that look like addresses are no pointers") {
  const Array array({1, 1, 1, 1}, DType::F32);
  // Halves of a word: small ones, and an upper one at which no program has memory.
  for (const int high : {0, 1, 512, 4095, 0x3fff, -1})
    kernels::launch(gpu(), write_first, 1, 1,
                    Holder{.count = 1, .number = high, .to = array.view().f32()});
  gpu().synchronize();
  CHECK(array.get().front() == 1);
}

TEST_CASE("copies and fills of memory that the device did not hand out are refused") {
  float here[4] = {}, more[4] = {};
  CHECK(contains(message_of([&] { gpu().copy_in(here, more, sizeof here); }), "invalid argument"));
  CHECK(contains(message_of([&] { gpu().copy_out(here, more, sizeof here); }), "invalid argument"));
  CHECK(contains(message_of([&] { gpu().copy_device_async(here, more, sizeof here); }),
                 "invalid argument"));
  CHECK(contains(message_of([&] { gpu().fill(here, 1, 4); }), "illegal memory access"));
  CHECK(here[0] == 0);
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
