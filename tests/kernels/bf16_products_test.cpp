// SPDX-License-Identifier: MIT
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "kernels/bf16.h"
#include "kernels/conv2d.h"
#include "kernels/dense.h"
#include "kernels/pick_precision.h"
#include "kernels/system_info.h"
#include "tests/support/op_case.h"
#include "tests/support/scratch.h"

// A CPU's products of bfloat16. Where oneDNN has none, float32 stands in, and the tests hold too.

namespace cameo::test {
namespace {

using Floats = std::vector<float>;
using kernels::Conv2dSpec;
using kernels::DenseSpec;

Cpu cpu_with(Precision precision, const std::string& algorithm) {
  Cpu cpu;
  cpu.precision = precision;
  cpu.forced_algorithm = algorithm;
  return cpu;
}

Floats rounded(Floats values) {
  for (float& x : values) x = to_float(from_float<Bf16>(x));
  return values;
}

/// Numbers for a tensor, rounded to bfloat16 or not.
Floats numbers_of(Shape shape, std::uint64_t seed, bool round) {
  Floats values = numbers(shape.size(), seed);
  return round ? rounded(std::move(values)) : values;
}

/// What all passes of a layer yield, from results that hold 1 before, and by which algorithms.
struct Passes {
  Floats y, dx, dw;
  std::string algorithms;
};

struct Settings {
  bool round = false;
  Write write = Write::Set;  ///< of the gradients
};

View view(Floats& values, Shape shape) {
  return {values.data(), shape};
}

Passes passes(Cpu cpu, const Conv2dSpec& s, Settings settings = {}) {
  const auto conv = kernels::make_conv2d(cpu, s);
  const Memory scratch = cpu.allocate(conv->scratch_bytes());
  Floats x = numbers_of(s.x, 1, settings.round), w = numbers_of(s.w, 2, settings.round),
         dy = numbers_of(s.y, 3, settings.round);
  Passes p{Floats(dy.size(), 1), Floats(x.size(), 1), Floats(w.size(), 1), conv->algorithm_names()};
  conv->forward(view(x, s.x), view(w, s.w), view(p.y, s.y), {scratch.get()});
  conv->backward(view(x, s.x), view(w, s.w), view(dy, s.y), {view(p.dx, s.x), settings.write},
                 {view(p.dw, s.w), settings.write}, {scratch.get()});
  return p;
}

Passes passes(Cpu cpu, const DenseSpec& s, Settings settings = {}) {
  const auto dense = kernels::make_dense(cpu, s);
  const Memory scratch = cpu.allocate(dense->scratch_bytes());
  const Shape in{s.n, 1, 1, s.in}, out{s.n, 1, 1, s.out}, weights{s.out, 1, 1, s.in};
  Floats x = numbers_of(in, 1, settings.round), w = numbers_of(weights, 2, settings.round),
         dy = numbers_of(out, 3, settings.round), b(static_cast<std::size_t>(s.out));
  Passes p{Floats(dy.size(), 1), Floats(x.size(), 1), Floats(w.size(), 1),
           dense->algorithm_names()};
  dense->forward(view(x, in), view(w, weights), view(b, {1, 1, 1, s.out}), view(p.y, out),
                 {scratch.get()});
  dense->backward(view(x, in), view(w, weights), view(dy, out), {view(p.dx, in), settings.write},
                  {view(p.dw, weights), settings.write}, {}, {scratch.get()});
  return p;
}

/// The largest difference, relative to the largest number in `truth`.
double distance(const Floats& a, const Floats& truth) {
  float largest = 0;
  for (const float t : truth) largest = std::max(largest, std::abs(t));
  return largest_difference(a, truth) / static_cast<double>(largest);
}

double distance(const Passes& a, const Passes& truth) {
  return std::max({distance(a.y, truth.y), distance(a.dx, truth.dx), distance(a.dw, truth.dw)});
}

/// Downscaling, 3x3, few channels in and out, and sizes that fill no register.
std::vector<Conv2dSpec> convolutions() {
  return {{.x = {2, 16, 16, 32},
           .w = {64, 5, 5, 32},
           .y = {2, 8, 8, 64},
           .stride = 2,
           .pad = Pad::same(16, 5, 2)},
          {.x = {2, 8, 8, 32}, .w = {32, 3, 3, 32}, .y = {2, 8, 8, 32}, .pad = Pad::same(8, 3, 1)},
          {.x = {2, 12, 12, 32}, .w = {3, 5, 5, 32}, .y = {2, 12, 12, 3}, .pad = {2, 2, 2, 2}},
          {.x = {2, 12, 12, 3},
           .w = {32, 5, 5, 3},
           .y = {2, 6, 6, 32},
           .stride = 2,
           .pad = Pad::same(12, 5, 2)},
          {.x = {3, 7, 5, 11}, .w = {13, 3, 3, 11}, .y = {3, 7, 5, 13}, .pad = Pad::same(7, 3, 1)}};
}

constexpr DenseSpec kDense[] = {
    {.n = 4, .in = 256, .out = 64}, {.n = 1, .in = 100, .out = 30}, {.n = 3, .in = 7, .out = 5}};

/// Checks a layer in bfloat16 by an algorithm of that name.
template <class Spec>
void check_layer(const Spec& spec, const std::string& algorithm) {
  CAPTURE(algorithm);
  const Cpu wide = cpu_with(Precision::F32, "direct");
  const Cpu narrow = cpu_with(Precision::Bf16, algorithm);
  for (const Write write : {Write::Set, Write::Add}) {
    const Passes there = passes(narrow, spec, {.round = true, .write = write});
    CAPTURE(there.algorithms);
    CHECK((there.algorithms.find("-bf16") != std::string::npos) == has_bf16_products());
    // Products of two bfloat16 are exact in float32: only the order of the sums differs.
    CHECK(distance(there, passes(wide, spec, {.round = true, .write = write})) <= 2e-5);
  }
  const double off = distance(passes(narrow, spec), passes(wide, spec));
  CHECK(off <= 1e-2);  // 2^-9 of each operand
  CHECK((off > 1e-4) == has_bf16_products());
}

}  // namespace

TEST_CASE("in bfloat16 a convolution is that of its rounded operands, summed in float32") {
  for (const Conv2dSpec& spec : convolutions())
    for (const char* algorithm : {"direct-bf16", "blocked-bf16", "gemm-bf16"})
      check_layer(spec, algorithm);
}

TEST_CASE("in bfloat16 a dense layer is that of its rounded operands, summed in float32") {
  for (const DenseSpec& spec : kDense)
    for (const char* algorithm : {"packed-bf16", "gemm-bf16"}) check_layer(spec, algorithm);
}

TEST_CASE("a layer that keeps packed weights rounds them once") {
  Conv2dSpec spec = convolutions().front();
  const Cpu cpu = cpu_with(Precision::Bf16, "blocked-bf16");
  const Floats fresh = passes(cpu, spec).y;
  spec.constant_weights = true;
  spec.wants_dx = spec.wants_dw = false;
  Cpu on = cpu;
  const auto conv = kernels::make_conv2d(on, spec);
  const Memory scratch = on.allocate(conv->scratch_bytes());
  Floats x = numbers_of(spec.x, 1, false), w = numbers_of(spec.w, 2, false), y(fresh.size());
  for (int again = 0; again < 2; ++again) {
    conv->forward(view(x, spec.x), view(w, spec.w), view(y, spec.y), {scratch.get()});
    CHECK(y == fresh);
  }
}

TEST_CASE("algorithms are remembered by precision, and float32 knows none of bfloat16") {
  const Conv2dSpec spec = convolutions().front();
  Cpu cpu;
  (void)kernels::make_conv2d(cpu, spec);
  REQUIRE(cpu.tuning.size() == 3);
  for (const auto& [key, name] : cpu.tuning) CHECK(!contains(name, "bf16"));
  const auto wide = cpu.tuning;
  cpu.precision = Precision::Bf16;
  (void)kernels::make_conv2d(cpu, spec);
  CHECK(cpu.tuning.size() == 6);
  const std::string direct = has_bf16_products() ? "direct-bf16" : "direct";
  for (const auto& [key, name] : wide) {
    CHECK(cpu.tuning.at(key) == name);
    cpu.tuning.at(key + " bf16") = direct;
  }
  // The table decides, so a run that starts from another's repeats it bit for bit.
  const Passes first = passes(cpu, spec), again = passes(cpu, spec);
  CHECK(first.algorithms == "forward " + direct + ", dx " + direct + ", dw " + direct);
  CHECK(first.y == again.y);
  CHECK(first.dx == again.dx);
  CHECK(first.dw == again.dw);
}

TEST_CASE("an estimate of scratch in bfloat16 covers every algorithm") {
  for (const Conv2dSpec& spec : convolutions()) {
    Cpu open = cpu_with(Precision::Bf16, "");
    const std::size_t bytes = kernels::estimate_conv2d_scratch(open, spec);
    for (const std::string& algorithm : kernels::conv2d_algorithms(Precision::Bf16)) {
      Cpu forced = cpu_with(Precision::Bf16, algorithm);
      const std::size_t its = kernels::make_conv2d(forced, spec)->scratch_bytes();
      CHECK(its <= bytes);
      CHECK(kernels::estimate_conv2d_scratch(forced, spec) == its);
    }
  }
}

TEST_CASE("the precision found faster is kept for later runs, and one that is known is not timed") {
  const Scratch folder;
  const auto file = folder / "algorithms.txt";
  Cpu first;
  first.cache = AlgorithmCache(file);
  const Precision picked = kernels::pick_precision(first);
  CHECK(first.precision == Precision::F32);  // whoever asks decides
  if (!has_bf16_products()) {
    CHECK(picked == Precision::F32);
    CHECK(first.tuning.empty());
    return;
  }
  CHECK(first.tuning.at("precision") == (picked == Precision::Bf16 ? "bf16" : "f32"));
  CHECK(AlgorithmCache(file).find("precision") == first.tuning.at("precision"));
  for (const bool narrow : {false, true}) {
    Cpu later;
    later.cache = AlgorithmCache(file);
    later.cache.note("precision", narrow ? "bf16" : "f32");
    CHECK(kernels::pick_precision(later) == (narrow ? Precision::Bf16 : Precision::F32));
  }
  Cpu forced = cpu_with(Precision::F32, "none");
  CHECK(kernels::pick_precision(forced) == Precision::F32);
}

TEST_CASE("a CPU says in which precision it computes") {
  Cpu cpu;
  CHECK(contains(cpu.about(), ", float32"));
  cpu.precision = Precision::Bf16;
  CHECK(contains(cpu.about(), ", bfloat16"));
  CHECK(Cpu::compute_dtype() == DType::F32);  // what lies in memory
}

}  // namespace cameo::test
