// SPDX-License-Identifier: MIT
#include "kernels/conv2d.h"

#include <cmath>

#include <doctest/doctest.h>

#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

/// All passes of a convolution of made-up numbers, computed one algorithm.
struct Passes {
  std::vector<float> y, dx, dw;
  std::string algorithms;
};

Passes passes(const kernels::Conv2dSpec& spec, const std::string& algorithm) {
  Cpu cpu;
  cpu.forced_algorithm = algorithm;
  const auto conv = kernels::make_conv2d(cpu, spec);
  std::vector<float> x = numbers(spec.x.size(), 1), w = numbers(spec.w.size(), 2);
  std::vector<float> dy = numbers(spec.y.size(), 3);
  Passes p{.y = std::vector<float>(dy.size()),
           .dx = std::vector<float>(x.size()),
           .dw = std::vector<float>(w.size()),
           .algorithms = conv->algorithm_names()};
  const Memory memory = cpu.allocate(conv->scratch_bytes());
  const View scratch{memory.get(), {1, 1, 1, static_cast<int>(conv->scratch_bytes() / 4)}};
  const View vx{x.data(), spec.x}, vw{w.data(), spec.w}, vdy{dy.data(), spec.y};
  conv->forward(vx, vw, {p.y.data(), spec.y}, scratch);
  conv->backward(vx, vw, vdy, {{p.dx.data(), spec.x}}, {{p.dw.data(), spec.w}}, scratch);
  return p;
}

/// Of the largest number in `truth`.
double relative_difference(const std::vector<float>& a, const std::vector<float>& truth) {
  float largest = 0;
  for (const float t : truth) largest = std::max(largest, std::abs(t));
  return static_cast<double>(largest_difference(a, truth) / largest);
}

}  // namespace

TEST_CASE("same padding is lopsided where the stride leaves a pixel over") {
  CHECK(Pad::same(64, 5, 2) == Pad{1, 1, 2, 2});
  CHECK(Pad::same(64, 3, 2) == Pad{0, 0, 1, 1});
  CHECK(Pad::same(64, 4, 2) == Pad{1, 1, 1, 1});
  CHECK(Pad::same(64, 3, 1) == Pad{1, 1, 1, 1});
  CHECK(Pad::same(64, 5, 1) == Pad{2, 2, 2, 2});
  CHECK(Pad::same(9, 5, 2) == Pad{2, 2, 2, 2});
}

TEST_CASE("every algorithm of a convolution computes the same") {
  const kernels::Conv2dSpec spec{
      .x = {2, 8, 8, 32}, .w = {32, 3, 3, 32}, .y = {2, 8, 8, 32}, .pad = Pad::same(8, 3, 1)};
  const Passes by_definition = passes(spec, "direct");
  int others = 0;
  for (const std::string& algorithm : kernels::conv2d_algorithms()) {
    CAPTURE(algorithm);
    const Passes by_algorithm = passes(spec, algorithm);
    others += by_algorithm.algorithms == by_definition.algorithms ? 0 : 1;
    CHECK(relative_difference(by_algorithm.y, by_definition.y) <= 2e-5);
    CHECK(relative_difference(by_algorithm.dx, by_definition.dx) <= 2e-5);
    CHECK(relative_difference(by_algorithm.dw, by_definition.dw) <= 2e-5);
  }
  CHECK(others >= 3);  // oneDNN's Winograd not on every machine, few outputs not here
}

TEST_CASE("tiles cut into blocks and weights cut into slices add up") {
  // The first has more tiles than one block takes; the second, weights that come in slices, which
  // end within a phase of the input; both have channels left over from groups of 16.
  for (const kernels::Conv2dSpec& spec :
       {kernels::Conv2dSpec{
            .x = {64, 15, 16, 20}, .w = {40, 3, 3, 20}, .y = {64, 15, 16, 40}, .pad = {1, 1, 1, 1}},
        kernels::Conv2dSpec{.x = {1, 10, 8, 250},
        .w = {200, 5, 5, 250},
        .y = {1, 5, 4, 200},
        .stride = 2,
        .pad = Pad::same(8, 5, 2)}}) {
    const Passes by_tiles = passes(spec, "tiles"), by_definition = passes(spec, "direct");
    CHECK(by_tiles.algorithms == "forward tiles, dx tiles, dw tiles");
    CHECK(relative_difference(by_tiles.y, by_definition.y) <= 2e-5);
    CHECK(relative_difference(by_tiles.dx, by_definition.dx) <= 2e-5);
    CHECK(relative_difference(by_tiles.dw, by_definition.dw) <= 2e-5);
  }
}

TEST_CASE("oneDNN of any version has its direct forms, and lacks Winograd without harm") {
  const kernels::Conv2dSpec spec{
      .x = {2, 8, 8, 32}, .w = {32, 3, 3, 32}, .y = {2, 8, 8, 32}, .pad = Pad::same(8, 3, 1)};
  const auto algorithms = [&](const std::string& only) {
    Cpu cpu;
    cpu.forced_algorithm = only;
    return kernels::make_conv2d(cpu, spec)->algorithm_names();
  };
  CHECK(algorithms("direct") == "forward direct, dx direct, dw direct");
  CHECK(algorithms("blocked") == "forward blocked, dx blocked, dw blocked");
  CHECK(algorithms("gemm") == "forward gemm, dx gemm, dw gemm");
  // AVX-512 and oneDNN before 3.2 have it; each pass falls back alone.
  const std::string winograd = algorithms("winograd");
  for (const std::string pass : {"forward ", "dx ", "dw "})
    CHECK((winograd.find(pass + "winograd") != std::string::npos ||
           winograd.find(pass + "direct") != std::string::npos));
}

TEST_CASE("a remembered algorithm that this machine lacks is chosen anew") {
  const kernels::Conv2dSpec spec{
      .x = {1, 6, 6, 16}, .w = {16, 3, 3, 16}, .y = {1, 6, 6, 16}, .pad = Pad::same(6, 3, 1)};
  Cpu cpu;
  (void)kernels::make_conv2d(cpu, spec);
  REQUIRE(cpu.tuning.size() == 3);
  for (auto& choice : cpu.tuning) choice.second = "a algorithm of another version";
  (void)kernels::make_conv2d(cpu, spec);
  REQUIRE(cpu.tuning.size() == 3);
  for (const auto& choice : cpu.tuning) CHECK(choice.second != "a algorithm of another version");
}

TEST_CASE("weights of an inference graph are packed once") {
  // The promise of Mode::Inference: what the weights hold at the first run is what counts.
  Cpu cpu;
  cpu.forced_algorithm = "blocked";  // oneDNN's own layout, so that there is something to pack
  Exec exec = cpu;
  ParamStore params(exec);
  params.add("w", {16, 3, 3, 16}, Init::GlorotUniform);
  params.allocate(false);
  params.initialize(3);
  Graph g(exec, params, Mode::Inference);
  const Value x = g.input({1, 8, 8, 16});
  const Value y = conv2d(x, g.param("w"), {.pad = Pad::same(8, 3, 1)});
  g.plan({y});
  write(exec, g.value(x), numbers(x.shape().size(), 1));
  g.forward();
  const auto first = read(exec, g.value(y));
  params.initialize(4);
  g.forward();
  CHECK(read(exec, g.value(y)) == first);
  CHECK_THROWS(g.backward());
}

TEST_CASE(
    "an inference graph computes what a training graph does, also when algorithms were timed") {
  const Shape x{2, 16, 16, 32}, w{64, 5, 5, 32};
  std::vector<std::vector<float>> outs;
  for (const Mode mode : {Mode::Training, Mode::Inference}) {
    Exec exec = Cpu();
    ParamStore params(exec);
    params.add("w", w, Init::GlorotUniform);
    params.allocate(false);
    params.initialize(3);
    Graph g(exec, params, mode);
    const Value in = g.input(x);
    const Value y = conv2d(in, g.param("w"), {.stride = 2, .pad = Pad::same(16, 5, 2)});
    g.plan({y});
    write(exec, g.value(in), numbers(x.size(), 1));
    g.forward();
    outs.push_back(read(exec, g.value(y)));
  }
  // 800 products of size about 1/100 each: the bound is 1e-5 of the largest sums.
  CHECK(largest_difference(outs[0], outs[1]) <= 1e-4);
}

}  // namespace cameo::test
