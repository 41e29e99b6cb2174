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
