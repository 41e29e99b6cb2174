// SPDX-License-Identifier: MIT
// Our own convolutions at the sizes of every preset: emulated, where images keep a few rows only,
// or on a GPU.
#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "bench/layers.h"
#include "device_memory.h"
#include "kernels/conv2d.h"
#include "kernels/conv_pass.h"
#include "kernels/cuda/narrow_conv.h"
#include "model/net/presets.h"
#include "tests/standin/backends.h"
#include "tests/support/op_case.h"

using namespace cameo;
using kernels::Conv2dSpec;
using kernels::ConvPass;
using kernels::NarrowConv;

namespace {

using Floats = std::vector<float>;

constexpr ConvPass kPasses[] = {ConvPass::Forward, ConvPass::BackwardData,
                                ConvPass::BackwardWeights};
constexpr Precision kPrecisions[] = {Precision::Bf16, Precision::Tf32, Precision::F32};

/// Of the largest number: each product has two factors of 8, 11 or 24 bits, and sums over a whole
/// image of random signs are hundreds of times one of them.
double tolerance(Precision precision) {
  return precision == Precision::F32 ? 1e-5 : precision == Precision::Tf32 ? 1e-3 : 1e-2;
}

bool is_wanted(const Conv2dSpec& spec, ConvPass pass) {
  return pass != ConvPass::BackwardData || spec.wants_dx;
}

/// Layers between an image and a map of many channels, each size once.
std::vector<Conv2dSpec> narrow_layers() {
  constexpr int kRows = 12, kFew = 12;
  std::vector<Conv2dSpec> specs;
  std::set<std::string> known;
  for (const Preset& preset : presets())
    for (const auto& layer : bench::conv_layers(preset.network, bench::joint(1))) {
      Conv2dSpec spec = layer.spec;
      if (std::min(spec.x.c, spec.y.c) > kFew) continue;
      if (test::kEmulated) {
        spec.x.n = spec.y.n = 1;
        spec.x.h = kRows;
        spec.y.h = kRows / spec.stride;
      }
      if (known.insert(key_of(spec, ConvPass::Forward)).second) specs.push_back(spec);
    }
  return specs;
}

/// What a convolution yields: y, dx where it is wanted, dw.
std::vector<Floats> results(Exec& exec, const Conv2dSpec& spec, DType dtype) {
  const auto op = run(exec, [&](auto& on) { return kernels::make_conv2d(on, spec); });
  std::vector<Memory> memory;
  const auto room = [&](std::size_t bytes) {
    memory.push_back(run(exec, [&](auto& on) { return on.allocate(bytes); }));
    return memory.back().get();
  };
  const auto array = [&](Shape shape, std::uint64_t seed) {
    View view{nullptr, shape, dtype};
    view.data = room(view.bytes());
    test::write(exec, view, test::numbers(shape.size(), seed));
    return view;
  };
  const View x = array(spec.x, 1), w = array(spec.w, 2), dy = array(spec.y, 3),
             y = array(spec.y, 4), dx = array(spec.x, 5), dw = array(spec.w, 6),
             scratch{room(op->scratch_bytes() + 1), {}, DType::F32};
  op->forward(x, w, y, scratch);
  op->backward(x, w, dy, spec.wants_dx ? Grad{dx} : Grad{}, {dw}, scratch);
  std::vector<Floats> all{test::read(exec, y)};
  if (spec.wants_dx) all.push_back(test::read(exec, dx));
  all.push_back(test::read(exec, dw));
  return all;
}

double distance(const Floats& a, const Floats& b) {
  float largest = 0;
  for (const float x : b) largest = std::max(largest, std::abs(x));
  return test::largest_difference(a, b) / largest;
}

Exec own_kernels(Precision precision) {
  Cuda cuda({.precision = precision});
  cuda.forced_algorithm = NarrowConv::kName;
  return cuda;
}

}  // namespace

TEST_CASE("each preset's layers next to images have our own kernels in bfloat16 and TF32") {
  const std::vector<Conv2dSpec> layers = narrow_layers();
  CHECK(layers.size() >= 6);
  for (const Precision precision : {Precision::Bf16, Precision::Tf32}) {
    const Cuda on({.precision = precision});
    for (const Conv2dSpec& spec : layers)
      for (const ConvPass pass : kPasses) {
        INFO(key_of(spec, pass), ", precision ", static_cast<int>(precision));
        if (is_wanted(spec, pass)) CHECK(NarrowConv::make(on, spec, pass).has_value());
      }
  }
}

TEST_CASE("each preset's layers next to images are the CPU's by our own kernels") {
  Exec cpu = test::on_cpu();
  for (const Conv2dSpec& spec : narrow_layers()) {
    const auto wanted = results(cpu, spec, DType::F32);
    for (const Precision precision : kPrecisions) {
      Exec exec = own_kernels(precision);
      const auto got = results(exec, spec, precision == Precision::Bf16 ? DType::BF16 : DType::F32);
      REQUIRE(got.size() == wanted.size());
      for (std::size_t i = 0; i < got.size(); ++i) {
        INFO(key_of(spec, ConvPass::Forward), ", precision ", static_cast<int>(precision),
             ", result ", i);
        CHECK(distance(got[i], wanted[i]) < tolerance(precision));
      }
    }
  }
}

TEST_CASE("our own convolutions yield the same bits twice") {
  const Conv2dSpec spec{
      .x = {2, 12, 64, 64}, .w = {3, 5, 5, 64}, .y = {2, 12, 64, 3}, .pad = Pad::same(12, 5, 1)};
  for (const Precision precision : kPrecisions) {
    Exec exec = own_kernels(precision);
    const DType dtype = precision == Precision::Bf16 ? DType::BF16 : DType::F32;
    CHECK(results(exec, spec, dtype) == results(exec, spec, dtype));
  }
}
