// SPDX-License-Identifier: MIT
#include "engine/nccl.h"

#include <cmath>
#include <cstddef>
#include <cstring>
#include <dlfcn.h>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/collective.h"
#include "tests/standin/backends.h"
#include "tests/standin/device_state.h"
#include "tests/standin/studio.h"
#include "tests/support/ranks.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;
using standin::Order;

namespace {

/// A function of the stand-in that NCCL does not have.
template <class F>
F from_standin(const char* name) {
  void* const symbol = dlsym(dlopen("libnccl.so.2", RTLD_NOW), name);
  REQUIRE(symbol != nullptr);
  F function = nullptr;
  std::memcpy(&function, &symbol, sizeof symbol);
  return function;
}

/// What was asked of it that NCCL would answer by wrong sums or a wait without end.
std::string complaints() {
  std::string text;
  from_standin<void (*)(std::string*)>("standinNcclComplaints")(&text);
  return text;
}

std::size_t sums_done() {
  return from_standin<std::size_t (*)()>("standinNcclSums")();
}

struct Together {
  std::vector<std::string> said;
  std::vector<std::vector<float>> losses;  ///< of each rank
};

/// Trains by two ranks with a GPU each, up to 8 iterations.
Together train_by_two(const Studio& studio, Precision precision, Order order,
                      const std::string& model, const TrainCallbacks& second = {}) {
  Together all{{}, std::vector<std::vector<float>>(2)};
  all.said = on_ranks(2, [&](const RankPlace& place) {
    const standin::OwnDevice own;
    standin::machine().order = order;
    Exec exec = on_gpu(precision);
    ProcessGroup group(exec, place);
    TrainOptions options = studio.options;
    options.model = studio.scratch / model;
    options.group = &group;
    std::vector<float>& losses = all.losses[static_cast<std::size_t>(place.rank)];
    TrainCallbacks callbacks{.on_progress = [&](const TrainProgress& at) {
      losses.push_back(static_cast<float>(at.loss_a));
      losses.push_back(static_cast<float>(at.loss_b));
    }};
    if (place.rank == 1 && second.should_stop) callbacks.should_stop = second.should_stop;
    train(exec, options, callbacks);
  });
  return all;
}

/// Euclidean distance of two lists over the first one's length.
double distance(const std::vector<float>& a, const std::vector<float>& b) {
  double far = 0, length = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    far += std::pow(double{a[i]} - b.at(i), 2);
    length += std::pow(double{a[i]}, 2);
  }
  return std::sqrt(far / length);
}

constexpr int kIterations = 8;

/// A batch of `batch` faces of each person on every GPU.
struct SmallStudio : Studio {
  explicit SmallStudio(int batch) {
    options.recipe->batch = batch;
    options.iterations = kIterations;
  }
};

std::string name_of(Order order) {
  return order == Order::Oldest ? "oldest " : "newest ";
}

using Floats = std::vector<float>;

std::vector<float> weights(const Studio& studio, const std::string& model) {
  return weights_in(studio.scratch / model, studio.options.preset);
}

}  // namespace

TEST_CASE("two GPUs train as one does with their batches together, whatever stream is ahead") {
  for (const TrainMode mode : {TrainMode::Joint, TrainMode::Alternate}) {
    CAPTURE(cameo::name_of(mode));
    SmallStudio whole(4), shares(2), half(2);
    whole.options.mode = shares.options.mode = half.options.mode = mode;
    const auto alone = whole.train_to(kIterations, on_gpu(), "f32");
    half.train_to(kIterations, on_gpu(), "f32");
    whole.train_to(kIterations, on_gpu(Precision::Bf16), "bf16");
    const std::vector<float> wide = weights(whole, "f32"), narrow = weights(whole, "bf16");
    for (const Order order : {Order::Oldest, Order::Newest}) {
      const Together both = train_by_two(shares, Precision::F32, order, name_of(order) + "f32"),
                     short_sums =
                         train_by_two(shares, Precision::Bf16, order, name_of(order) + "bf16");
      REQUIRE(both.said == nothing_from(2));
      REQUIRE(short_sums.said == nothing_from(2));
      CHECK(complaints().empty());
      CHECK(both.losses[0] == both.losses[1]);
      CHECK(short_sums.losses[0] == short_sums.losses[1]);
      CHECK(largest_difference(both.losses[0], alone) < 1e-5 * alone[0]);
      // Adam blows up roundings where a gradient is near 0.
      CHECK(distance(wide, weights(shares, name_of(order) + "f32")) <
            1e-4 * distance(wide, weights(half, "f32")));
      // No farther off than rounding to bfloat16 makes one GPU.
      CHECK(distance(narrow, weights(shares, name_of(order) + "bf16")) <
            1.5 * distance(narrow, wide));
    }
    for (const char* type : {"f32", "bf16"})
      CHECK((weights(shares, name_of(Order::Oldest) + type) ==
             weights(shares, name_of(Order::Newest) + type)));
  }
}

TEST_CASE("a sum of bfloat16 is the sum of what all ranks hold, rounded once") {
  std::vector<std::vector<float>> sums(2);
  const auto said = on_ranks(2, [&](const RankPlace& place) {
    const standin::OwnDevice own;
    Exec exec = on_gpu(Precision::Bf16);
    ProcessGroup group(exec, place);
    const Memory memory = run(exec, [](auto& on) { return on.allocate(64); });
    const View values{memory.get(), {3, 1, 1, 1}, DType::BF16};
    // 257 lies between two numbers of 8 bits, and goes to the even one.
    write(exec, values, place.rank == 0 ? Floats{1, -2, 256} : Floats{0.5, 2, 1});
    group.start_all_reduce(values);
    group.finish();
    sums[static_cast<std::size_t>(place.rank)] = read(exec, values);
  });
  CHECK(said == nothing_from(2));
  CHECK(sums[0] == Floats{1.5, 0, 256});
  CHECK(sums[1] == sums[0]);
}

TEST_CASE("sums are a part of the captured step: each replay makes them anew") {
  const auto sums_of = [](int iterations) {
    SmallStudio studio(2);
    studio.options.iterations = iterations;
    const std::size_t before = sums_done();
    REQUIRE(train_by_two(studio, Precision::F32, Order::Newest, "m").said == nothing_from(2));
    return sums_done() - before;
  };
  const std::size_t first = sums_of(1);
  // So small a network has one bucket, and the step is tried once before it is captured.
  CHECK(first == 2);
  CHECK(sums_of(5) == first + 4);
}

TEST_CASE("a rank lost on its way ends the other with a message, though its GPU waits for a sum") {
  SmallStudio studio(2);
  studio.options.iterations = 1000;
  int asked = 0;
  const auto fails = [&]() -> bool {
    if (++asked == 2) throw std::runtime_error("out of order");
    return false;
  };
  const Together both =
      train_by_two(studio, Precision::F32, Order::Newest, "m", {.should_stop = fails});
  CHECK(both.said[1] == "out of order");
  CHECK(contains(both.said[0], "ranks: "));
  CHECK(contains(both.said[0], "is lost"));
  CHECK(complaints().empty());
}

TEST_CASE("what NCCL refuses is a device's error in its own words") {
  const standin::OwnDevice own;
  Exec exec = on_gpu();
  Cuda& on = std::get<Cuda>(exec);
  Nccl nccl;
  CHECK(nccl.version() == "2.28.9");
  const Memory memory = on.allocate(64);
  const View there{memory.get(), {16, 1, 1, 1}};
  CHECK(message_of([&] { nccl.all_reduce(there, on.stream()); }) ==
        "nccl: no communicator is joined");
  CHECK(contains(message_of([&] { nccl.join("short", 0, 1); }), "expected 128"));
  const std::string id = nccl.unique_id();
  CHECK(message_of([&] { nccl.join(id, 2, 2); }) ==
        "nccl: ncclCommInitRank: invalid argument; NCCL_DEBUG=INFO tells more");
  nccl.join(id, 0, 1);
  std::vector<float> host(16);
  const View here{host.data(), {16, 1, 1, 1}};
  CHECK(
      contains(message_of([&] { nccl.all_reduce(here, on.stream()); }), "ncclAllReduce: invalid"));
  try {
    nccl.all_reduce(there, nullptr);
    FAIL("a stream that is none was taken");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::Device);
  }
  nccl.all_reduce(there, on.stream());
  on.synchronize();
  nccl.abort();
  CHECK(message_of([&] { nccl.all_reduce(there, on.stream()); }) ==
        "nccl: no communicator is joined");
}

TEST_CASE("without NCCL, or with a library that is none, the message says what is missing") {
  const auto load = [](const char* name) { return message_of([&] { Nccl nccl(name); }); };
  const std::string none = load("libnccl-none.so.2");
  CHECK(contains(none, "nccl: training on several GPUs needs it: libnccl-none.so.2"));
  CHECK(contains(none, "install NVIDIA's libnccl2"));
  CHECK(load("libm.so.6") == "nccl: libm.so.6 has no ncclGetVersion");
}
