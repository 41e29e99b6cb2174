// SPDX-License-Identifier: MIT
#include "engine/streams.h"

#include <initializer_list>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "kernels/slice.h"
#include "tests/standin/backends.h"
#include "tests/standin/elsewhere.h"
#include "tests/standin/studio.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;
using standin::Order;

namespace {

constexpr int kCount = 4;

/// Some tensors of equal size, numbered.
struct Tensors {
  explicit Tensors(Exec& exec) : on(std::get<Cuda>(exec)) {
    for (Memory& one : memory) one = on.allocate(kCount * sizeof(float));
  }
  View view(int i) { return {memory[i].get(), {kCount, 1, 1, 1}}; }
  void fill(int i, float value) { on.fill(view(i).f32(), value, kCount); }
  void copy(int from, int to) { kernels::slice_forward(on, view(from), view(to), 0); }
  float first(int i) { return floats_of(on, memory[i], 1).front(); }
  Cuda& on;
  Memory memory[4];
};

standin::Machine with(Order order) {
  standin::Machine machine;
  machine.order = order;
  return machine;
}

/// Two lanes write tensor 0 without saying so, 5 in lane 1, called first, and 6 in lane 0: what is
/// left depends on the order.
float last_of_two(Order order, bool captured) {
  const Elsewhere elsewhere(with(order));
  Exec exec = on_gpu();
  Tensors t(exec);
  StreamSchedule lanes(exec, {{1, {}, {1}}, {0, {}, {2}}});
  const auto write = [&](std::size_t i) { t.fill(0, i == 0 ? 5.0F : 6.0F); };
  const auto run = [&] { lanes.run(write); };
  if (captured)
    t.on.record(run)->replay();
  else
    run();
  return t.first(0);
}

}  // namespace

TEST_CASE("a lane waits for what another one writes, called or captured, in any order") {
  for (const Order order : {Order::Oldest, Order::Newest}) {
    const Elsewhere elsewhere(with(order));
    Exec exec = on_gpu();
    Tensors t(exec);
    // 0 is written before the list and read in both lanes; 3 goes from lane 0 to 1 and back.
    StreamSchedule lanes(exec, {{0, {0}, {3}}, {1, {3}, {1}}, {1, {1}, {2}}, {0, {2}, {3}}});
    const auto run = [&] {
      lanes.run([&](std::size_t i) {
        if (i == 0) t.copy(0, 3);
        if (i == 1) t.copy(3, 1);
        if (i == 2) t.copy(1, 2);
        if (i == 3) t.copy(2, 3);
      });
    };
    t.fill(0, 7);
    run();
    t.copy(3, 0);  // after the list, in lane 0
    CHECK(t.first(0) == 7);
    const auto recording = t.on.record(run);
    t.fill(0, 9);
    recording->replay();
    CHECK(t.first(3) == 9);
    CHECK(t.first(2) == 9);
  }
}

TEST_CASE("lanes that need nothing of each other do not wait") {
  for (const bool captured : {false, true}) {
    CHECK(last_of_two(Order::Oldest, captured) == 6);
    CHECK(last_of_two(Order::Newest, captured) == 5);
  }
}

TEST_CASE("what a lane throws leaves the context in lane 0") {
  Exec exec = on_gpu();
  Tensors t(exec);
  StreamSchedule lanes(exec, {{1, {}, {1}}});
  const auto throws = [](std::size_t) { fail(ErrorCode::Failed, "in lane 1"); };
  const std::string why = message_of([&] { lanes.run(throws); });
  CHECK(why == "in lane 1");
  t.fill(0, 3);
  CHECK(t.first(0) == 3);
}

TEST_CASE("a recording with a lane that nobody awaits in the end is refused") {
  Exec exec = on_gpu();
  Tensors t(exec);
  const auto signal = t.on.make_event();
  const std::string why = message_of([&] {
    (void)t.on.record([&] {
      signal->record();
      t.on.set_stream(1);
      signal->wait();
      t.fill(0, 1);
    });
  });
  CHECK(contains(why, "unjoined"));
  t.on.set_stream(0);
  t.fill(0, 2);
  CHECK(t.first(0) == 2);
}

TEST_CASE("training's numbers depend neither on which lane is ahead nor on where faces lie") {
  Studio studio;
  const auto trained = [&](Order order, std::size_t room, const std::string& name) {
    const Elsewhere elsewhere(with(order));
    studio.options.faces_memory = room;
    return studio.train_to(kSteps, on_gpu(), name);
  };
  const auto losses = trained(Order::Oldest, 0, "oldest");
  CHECK(losses == trained(Order::Newest, 0, "newest"));
  CHECK(losses == trained(Order::Oldest, 1, "oldest uploaded"));
  CHECK(losses == trained(Order::Newest, 1, "newest uploaded"));
}
