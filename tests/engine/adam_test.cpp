// SPDX-License-Identifier: MIT
#include "engine/adam.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include <doctest/doctest.h>

#include "engine/ops.h"
#include "engine/train_step.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

/// The first element of a tensor of an optimizer's state.
float moment(const Optimizer& optimizer, const std::string& name) {
  float value = std::numeric_limits<float>::quiet_NaN();
  for (const StateTensor& tensor : optimizer.save())
    if (tensor.name == name) std::memcpy(&value, tensor.bytes.data(), sizeof value);
  return value;
}

}  // namespace

TEST_CASE("the rate rises over the warm-up, holds, falls in a line to 2 % and stays there") {
  AdamState clock{.rate = 0.5, .schedule = {.warm_up = 10, .decay_begin = 50, .decay_end = 150}};
  const auto at = [&](std::int64_t step) {
    clock.step = step;
    return kernels::rate_at(clock);
  };
  CHECK(at(1) == doctest::Approx(0.05));
  CHECK(at(9) == doctest::Approx(0.45));
  CHECK(at(10) == 0.5);
  CHECK(at(50) == 0.5);
  CHECK(at(100) == doctest::Approx(0.25));
  CHECK(at(149) == doctest::Approx(0.01));
  CHECK(at(400) == doctest::Approx(0.01));
  clock.schedule = {};
  for (const std::int64_t step : {1, 100, 1000000}) CHECK(at(step) == 0.5);
}

TEST_CASE("Adam follows the reordered form, epsilon beside the uncorrected root") {
  Exec exec = Cpu();
  ParamStore params(exec);
  params.add("w", {1, 1, 1, 3}, Init::Zeros);
  params.allocate();
  const AdamState settings{.rate = 0.1, .beta1 = 0.5, .beta2 = 0.999, .epsilon = 1e-2};
  DeviceAdamState clock(exec, settings);
  Adam adam(params, clock, {params.range("w")});
  const std::vector<std::vector<float>> grads = {{1, -2, 0}, {0.5F, 1, 1e-3F}, {-1, 0, 2}};
  double m[3] = {}, v[3] = {}, w[3] = {};
  for (std::size_t t = 1; t <= grads.size(); ++t) {
    write(exec, params.grad(0), grads[t - 1]);
    adam.step();
    const double corrected = 0.1 * std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.5, t));
    for (int i = 0; i < 3; ++i) {
      const double g = grads[t - 1][static_cast<std::size_t>(i)];
      m[i] = 0.5 * m[i] + 0.5 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      w[i] -= corrected * m[i] / (std::sqrt(v[i]) + 1e-2);
    }
  }
  const auto got = read(exec, params.weight(0));
  // 1e-5: 1 - 0.999 in float32 is off by 1e-5 of itself, and v with it.
  for (std::size_t i = 0; i < 3; ++i) CHECK(got[i] == doctest::Approx(w[i]).epsilon(2e-5));
  CHECK(clock.read().step == 3);
}

TEST_CASE("learning-rate dropout leaves its share of weights, others in each step, moments on") {
  each_backend([](Exec& exec) {
    constexpr int kCount = 4000;
    constexpr double kDropout = 0.7;
    const std::vector<float> start = numbers(kCount, 1), gradient = numbers(kCount, 2, 0.5F);
    struct Run {
      std::vector<float> before, after, moments;
    };
    // The weights before and after step `steps`, all in one range or in two.
    const auto run_of = [&](double dropout, int steps, std::int64_t cut = 0) {
      ParamStore params(exec);
      params.add("w", {1, 1, 1, kCount}, Init::Zeros);
      params.allocate();
      params.write(0, start.data());
      write(exec, params.grad(0), gradient);
      DeviceAdamState clock(exec, {.rate = 0.1});
      std::vector<Range> ranges{params.all()};
      if (cut > 0) ranges = {{0, cut}, {cut, params.floats() - cut}};
      Adam adam(params, clock, ranges, {.dropout = dropout});
      for (int i = 1; i < steps; ++i) adam.step();
      Run run{.before = params.read(0)};
      adam.step();
      run.after = params.read(0);
      for (const StateTensor& tensor : adam.save()) {
        run.moments.resize(run.moments.size() + kCount);
        std::memcpy(&run.moments[run.moments.size() - kCount], tensor.bytes.data(),
                    tensor.bytes.size());
      }
      return run;
    };
    const Run whole = run_of(0, 1), first = run_of(kDropout, 1), second = run_of(kDropout, 2);
    int left = 0, same = 0;
    for (std::size_t i = 0; i < kCount; ++i) {
      const bool dropped = first.after[i] == start[i];
      CHECK((dropped || first.after[i] == whole.after[i]));
      left += dropped ? 1 : 0;
      same += dropped && second.after[i] == second.before[i] ? 1 : 0;
    }
    // Four standard deviations of a binomial distribution.
    CHECK(left == doctest::Approx(kDropout * kCount).epsilon(0.04));
    CHECK(same == doctest::Approx(kDropout * kDropout * kCount).epsilon(0.06));
    CHECK(first.moments == whole.moments);
    CHECK(run_of(kDropout, 2).after == second.after);
    CHECK(run_of(kDropout, 2, 1280).after == second.after);
  });
}

TEST_CASE("two Adams on one clock raise the step twice, with moments of their own") {
  Exec exec = Cpu();
  ParamStore params(exec);
  params.add("shared", {1, 1, 1, 1}, Init::Zeros);
  params.allocate();
  DeviceAdamState clock(exec, AdamState{.rate = 0.1});
  Adam a(params, clock, {params.range("shared")}), b(params, clock, {params.range("shared")});
  write(exec, params.grad(0), std::vector<float>{1});
  a.step();
  write(exec, params.grad(0), std::vector<float>{-1});
  b.step();
  CHECK(clock.read().step == 2);
  CHECK(moment(a, "m.shared") == doctest::Approx(0.5));
  CHECK(moment(b, "m.shared") == doctest::Approx(-0.5));
  const auto saved = a.save();
  b.load([&](const std::string& name, const std::string& dtype, std::span<std::byte> bytes) {
    for (const StateTensor& tensor : saved)
      if (tensor.name == name && tensor.dtype == dtype)
        std::copy(tensor.bytes.begin(), tensor.bytes.end(), bytes.begin());
  });
  CHECK(moment(b, "m.shared") == moment(a, "m.shared"));
  CHECK(moment(b, "v.shared") == moment(a, "v.shared"));
}

TEST_CASE("a step changes weights only when it is replayed, and learns") {
  Exec exec = Cpu();
  ParamStore params(exec);
  params.add("layer.weight", {2, 1, 1, 3}, Init::GlorotUniform);
  params.add("layer.bias", {1, 1, 1, 2}, Init::Zeros);
  params.allocate();
  params.initialize(5);
  Graph g(exec, params);
  const Value x = g.input({4, 1, 1, 3}), t = g.input({4, 1, 1, 2});
  const Value loss = mae(dense(x, g.param("layer.weight"), g.param("layer.bias")), t);
  g.plan({loss});
  write(exec, g.value(x), numbers(12, 1));
  write(exec, g.value(t), numbers(8, 2));
  DeviceAdamState clock(exec, AdamState{.rate = 0.01});
  Adam adam(params, clock, {params.range("layer.")});
  const auto before = read(exec, params.weight(0));
  TrainStep step(exec, {{.graph = g, .optimizers = {&adam}}});
  CHECK(read(exec, params.weight(0)) == before);
  const float at_first = read(exec, g.value(loss))[0];
  for (int i = 0; i < 100; ++i) step.replay();
  CHECK(read(exec, g.value(loss))[0] < 0.5F * at_first);
}

}  // namespace cameo::test
