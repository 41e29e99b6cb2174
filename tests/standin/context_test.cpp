// SPDX-License-Identifier: MIT
#include "kernels/cuda/context.h"

#include <algorithm>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "runtime_api.h"
#include "tests/standin/elsewhere.h"
#include "tests/support/scratch.h"

using namespace cameo;
using cameo::test::contains;
using cameo::test::Elsewhere;
using cameo::test::floats_of;
using cameo::test::message_of;

namespace {

std::string why_none(const standin::Machine& there, int device = 0) {
  const Elsewhere elsewhere(there);
  try {
    const Cuda on({.device = device});
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::Device);
    return e.what();
  }
  return "there is one";
}

}  // namespace

TEST_CASE("where there is no GPU to use, the message says why") {
  CHECK(why_none({}) == "there is one");
  CHECK(contains(why_none({.driver = 0, .devices = 0}), "there is no NVIDIA driver"));
  CHECK(contains(why_none({.driver = 12020}), "the NVIDIA driver is for CUDA 12.2, this program"));
  CHECK(contains(why_none({.devices = 0}), "the NVIDIA driver finds no GPU"));
  CHECK(contains(why_none({.devices = 2}, 2), "cuda:2: there is no such GPU; the last is cuda:1"));
  CHECK(contains(why_none({}, -1), "cuda:-1: there is no such GPU"));
}

TEST_CASE("fresh device memory is zero and lies on 256 bytes") {
  Cuda on({});
  for (const std::size_t count : {1U, 63U, 1000U}) {
    const Memory memory = on.allocate(count * sizeof(float));
    CHECK(reinterpret_cast<std::uintptr_t>(memory.get()) % 256 == 0);
    CHECK(floats_of(on, memory, count) == std::vector<float>(count, 0));
  }
  CHECK(on.allocate(0));
}

TEST_CASE("fresh memory is ready for every stream: no later zeroing overwrites what one writes") {
  const Elsewhere newest({.order = standin::Order::Newest});
  Cuda on({});
  const Memory memory = on.allocate(sizeof(float));
  on.set_stream(2);
  on.fill(reinterpret_cast<float*>(memory.get()), 5, 1);
  const auto written = on.make_event();
  written->record();
  on.set_stream(0);
  written->wait();
  CHECK(floats_of(on, memory, 1)[0] == 5);
}

TEST_CASE("a copy within the GPU comes after what wrote its source, called or captured") {
  Cuda on({});
  const Memory from = on.allocate(2 * sizeof(float)), to = on.allocate(2 * sizeof(float));
  auto* const source = reinterpret_cast<float*>(from.get());
  const auto copy = [&](float value) {
    on.fill(source, value, 2);
    on.copy_device_async(to.get(), source, 2 * sizeof(float));
  };
  copy(3);
  CHECK(floats_of(on, to, 2) == std::vector<float>{3, 3});
  const auto recording = on.record([&] { copy(4); });
  CHECK(floats_of(on, to, 2) == std::vector<float>{3, 3});
  recording->replay();
  CHECK(floats_of(on, to, 2) == std::vector<float>{4, 4});
}

TEST_CASE("too much memory is refused with what is free") {
  const Elsewhere small({.memory = std::size_t{64} << 20});
  Cuda on({});
  const Memory half = on.allocate(std::size_t{32} << 20);
  const std::string why = message_of([&] { (void)on.allocate(std::size_t{48} << 20); });
  CAPTURE(why);
  CHECK(contains(why, "cuda:0: cannot allocate 48 MiB, "));
  CHECK(contains(why, " of 64 MiB are free; a smaller batch"));
  CHECK(on.allocate(std::size_t{1} << 20));
}

TEST_CASE("what is sent arrives, what is filled is full") {
  Cuda on({});
  const std::vector<float> host{1, 2, 3, 4, 5};
  const Memory memory = on.allocate(5 * sizeof(float));
  on.copy_in(memory.get(), host.data(), 5 * sizeof(float));
  CHECK(floats_of(on, memory, 5) == host);
  on.fill(reinterpret_cast<float*>(memory.get()), 7, 3);
  CHECK(floats_of(on, memory, 5) == std::vector<float>{7, 7, 7, 4, 5});
  const Memory staging = on.allocate_pinned(2 * sizeof(float));
  on.copy_out_async(staging.get(), memory.get() + 3 * sizeof(float), 2 * sizeof(float));
  on.synchronize();
  const std::span fetched(reinterpret_cast<const float*>(staging.get()), 2);
  CHECK(std::equal(fetched.begin(), fetched.end(), host.begin() + 3));
}

TEST_CASE("work is recorded without being done, and done at each replay") {
  Cuda on({});
  const Memory memory = on.allocate(4);
  auto* const number = reinterpret_cast<float*>(memory.get());
  const auto recording = on.record([&] { on.fill(number, 3, 1); });
  CHECK(floats_of(on, memory, 1)[0] == 0);
  for (int again = 0; again < 2; ++again) {
    on.fill(number, 5, 1);
    recording->replay();
    CHECK(floats_of(on, memory, 1)[0] == 3);
  }
}

TEST_CASE("a recording that fails leaves the context as it was") {
  Cuda on({});
  const Memory memory = on.allocate(4);
  float host = 0;
  const auto why =
      message_of([&] { (void)on.record([&] { on.copy_out(&host, memory.get(), 4); }); });
  CHECK(contains(why, "not permitted when stream is capturing"));
  on.fill(reinterpret_cast<float*>(memory.get()), 2, 1);
  CHECK(floats_of(on, memory, 1)[0] == 2);
}
