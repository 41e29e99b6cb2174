// SPDX-License-Identifier: MIT
// Clipping, schedules and averages against PyTorch's values (tests/golden/optim).
#include "engine/optimizer.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/adam.h"
#include "engine/ema.h"
#include "engine/grad_clip.h"
#include "engine/safetensors.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

const SafetensorsFile& golden() {
  static const SafetensorsFile file(std::string(CAMEO_GOLDEN) + "/optim/optim.safetensors");
  return file;
}

template <class T = float>
std::vector<T> golden(const std::string& name) {
  const auto& entry = golden().entry(name);
  std::vector<T> values((entry.end - entry.begin) / sizeof(T));
  golden().read(name, sizeof(T) == 8 ? "F64" : "F32", std::as_writable_bytes(std::span(values)));
  return values;
}

/// A store of one parameter.
std::unique_ptr<ParamStore> store_of(Exec& exec, int count) {
  auto params = std::make_unique<ParamStore>(exec);
  params->add("w", {1, 1, 1, count}, Init::Zeros);
  params->allocate();
  return params;
}

StateReader reader_of(const std::vector<StateTensor>& saved) {
  return [&saved](const std::string& name, const std::string& dtype, std::span<std::byte> bytes) {
    for (const StateTensor& tensor : saved)
      if (tensor.name == name && tensor.dtype == dtype && tensor.bytes.size() == bytes.size()) {
        std::copy(tensor.bytes.begin(), tensor.bytes.end(), bytes.begin());
        return;
      }
    fail(ErrorCode::Format, name, " is missing");
  };
}

}  // namespace

TEST_CASE("gradients of two stores are clipped by their common norm as PyTorch clips them") {
  each_backend([](Exec& exec) {
    const auto a = store_of(exec, 35), b = store_of(exec, 300);
    const bool narrow = a->type() == DType::BF16;
    for (const auto& [name, limit] : {std::pair{"low", 2.0F}, {"high", 1000.0F}}) {
      CAPTURE(name);
      GradClip clip(exec, {{*a, a->all()}, {*b, b->all()}}, limit);
      write(exec, a->grad(0), golden("clip.g0"));
      write(exec, b->grad(0), golden("clip.g1"));
      const std::vector<float> before = read(exec, b->grad(0));
      clip.apply();
      const std::string prefix = std::string("clip.") + name;
      CHECK(clip.norm() ==
            doctest::Approx(golden(prefix + ".norm")[0]).epsilon(narrow ? 1e-3 : 1e-6));
      const double off = narrow ? 0.01 : 1e-7;
      CHECK(largest_difference(read(exec, a->grad(0)), golden(prefix + ".g0")) < off);
      CHECK(largest_difference(read(exec, b->grad(0)), golden(prefix + ".g1")) < off);
      if (limit == 1000) CHECK(read(exec, b->grad(0)) == before);
    }
  });
}

TEST_CASE("a gradient that is not finite is not hidden by clipping") {
  each_backend([](Exec& exec) {
    const auto params = store_of(exec, 3);
    GradClip clip(exec, {{*params, params->all()}}, 1);
    constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
    write(exec, params->grad(0), std::vector<float>{1, kNan, 2});
    clip.apply();
    CHECK(std::isnan(clip.norm()));
    for (const float g : read(exec, params->grad(0))) CHECK(std::isnan(g));
    // The next step is not spoilt.
    write(exec, params->grad(0), std::vector<float>{3, 0, 4});
    clip.apply();
    CHECK(clip.norm() == 5);
  });
}

TEST_CASE("clipping wants a limit above zero, and gradients") {
  Exec exec = Cpu();
  const auto params = store_of(exec, 3);
  CHECK_THROWS_AS(GradClip(exec, {{*params, params->all()}}, 0), Error);
  ParamStore bare(exec);
  bare.add("w", {}, Init::Zeros);
  bare.allocate(false);
  CHECK_THROWS_AS(GradClip(exec, {{bare, bare.all()}}, 1), Error);
}

TEST_CASE("learning rates fall as PyTorch's schedulers let them fall") {
  const auto check_rates = [](const std::string& name, const LrSchedule& schedule) {
    CAPTURE(name);
    const std::vector<double> rates = golden<double>(name);
    for (std::size_t step = 0; step < rates.size(); ++step) {
      CAPTURE(step);
      const double share = kernels::rate_share(schedule, static_cast<std::int64_t>(step));
      CHECK(share == doctest::Approx(rates[step]).epsilon(1e-12));
    }
  };
  check_rates("rate.linear", {.decay_end = 80, .decay = LrDecay::Linear, .end = 0.1});
  check_rates("rate.cosine", {.decay_end = 100, .decay = LrDecay::Cosine, .end = 0.05});
  check_rates(
      "rate.warm_up_cosine",
      {.warm_up = 20, .decay_begin = 20, .decay_end = 100, .decay = LrDecay::Cosine, .end = 0});
}

TEST_CASE("a recorded update goes by the schedule, whose step lies on the device") {
  each_backend([](Exec& exec) {
    const auto params = store_of(exec, 8);
    AdamState wanted{
        .rate = 0.1,
        .schedule = {
            .warm_up = 2, .decay_begin = 3, .decay_end = 9, .decay = LrDecay::Cosine, .end = 0.1}};
    DeviceAdamState state(exec, wanted);
    Adam adam(*params, state, {params->all()});
    adam.rehearse();
    const auto recording = run(exec, [&](auto& on) { return on.record([&] { adam.step(); }); });
    for (int step = 1; step < 12; ++step) {
      recording->replay();
      kernels::advance(&wanted);
      CHECK(state.read().step == step);
      CHECK(state.read().step_size == doctest::Approx(wanted.step_size).epsilon(1e-12));
    }
  });
}

TEST_CASE(
    "an average is bias-corrected, as Adam's first moment in PyTorch, and goes on when loaded") {
  each_backend([](Exec& exec) {
    const auto params = store_of(exec, 40);
    Ema ema(*params, {params->all()}, 0.9);
    const std::vector<float> weights = golden("ema.weights"), averages = golden("ema.averages");
    const auto row = [](const std::vector<float>& all, std::size_t step) {
      const auto begin = all.begin() + static_cast<std::ptrdiff_t>(40 * step);
      return std::vector<float>(begin, begin + 40);
    };
    const auto copy = store_of(exec, 40);
    const auto other = std::make_unique<Ema>(*params, std::vector<Range>{params->all()}, 0.9);
    for (std::size_t step = 0; step < 100; ++step) {
      CAPTURE(step);
      params->write(0, row(weights, step).data());
      if (step == 50) other->load(reader_of(ema.save()));
      Ema& one = step < 50 ? ema : *other;
      one.step();
      one.copy_to(*copy);
      // Sums of 100 floats of size 10.
      CHECK(largest_difference(copy->read(0), row(averages, step)) < 1e-5);
      if (step == 0) CHECK(copy->read(0) == params->read(0));
    }
  });
}

TEST_CASE("a slow average holds nothing of the weights before the first step") {
  Exec exec = Cpu();
  const auto params = store_of(exec, 1);
  const float start = 1000, trained = 1;
  params->write(0, &start);
  Ema ema(*params, {params->all()}, 0.999);
  params->write(0, &trained);
  for (int step = 0; step < 2700; ++step) ema.step();  // 0.999^2700 is 7 %
  const auto copy = store_of(exec, 1);
  ema.copy_to(*copy);
  CHECK(copy->read(0)[0] == doctest::Approx(trained).epsilon(1e-5));
}

TEST_CASE("Adam's state goes on in another Adam, and its schedule stays its own") {
  each_backend([](Exec& exec) {
    const auto params = store_of(exec, 8);
    DeviceAdamState state(exec, {.rate = 0.1, .beta1 = 0.9, .step = 4});
    Adam adam(*params, state, {params->all()});
    write(exec, params->grad(0), numbers(8, 1));
    adam.step();
    DeviceAdamState later(exec, {.rate = 5, .schedule = {.warm_up = 7}});
    Adam heir(*params, later, {params->all()});
    const auto saved = state.save(), moments = adam.save();
    later.load(reader_of(saved));
    heir.load(reader_of(moments));
    CHECK(later.read().rate == 0.1);
    CHECK(later.read().beta1 == 0.9);
    CHECK(later.read().step == 5);
    CHECK(later.read().schedule.warm_up == 7);
    const auto again = heir.save();
    REQUIRE(again.size() == 2);
    CHECK(again[0].name == "m.w");
    CHECK(again[1].name == "v.w");
    CHECK(again[0].bytes == moments[0].bytes);
    CHECK(again[1].bytes == moments[1].bytes);
    CHECK_THROWS_AS(heir.load(reader_of(saved)), Error);
  });
}

}  // namespace cameo::test
