// SPDX-License-Identifier: MIT
#include "kernels/cuda/narrow_conv.h"

#include "kernels/precision.h"
#include "tests/simt/trial.h"
#include "tests/standin/conv_loops.h"

using namespace cameo;
using namespace cameo::test;
using kernels::Conv2dSpec;
using kernels::ConvPass;
using kernels::NarrowConv;

namespace {

constexpr Precision kPrecisions[] = {Precision::F32, Precision::Tf32, Precision::Bf16};
constexpr ConvPass kPasses[] = {ConvPass::Forward, ConvPass::BackwardData,
                                ConvPass::BackwardWeights};

/// Float32 sums of some thousand products; the numbers are such as TF32 holds.
constexpr double kOff = 1e-4;

Cuda& gpu_of(Precision precision) {
  static Cuda f32({.precision = Precision::F32}), tf32({.precision = Precision::Tf32}),
      bf16({.precision = Precision::Bf16});
  return precision == Precision::F32 ? f32 : precision == Precision::Tf32 ? tf32 : bf16;
}

DType type_of(Precision precision) {
  return precision == Precision::Bf16 ? DType::BF16 : DType::F32;
}

/// "Same" padding with the odd row and column behind.
Conv2dSpec conv(Shape x, int k, int stride, int out) {
  const Pad rows = Pad::same(x.h, k, stride), columns = Pad::same(x.w, k, stride);
  return {.x = x,
          .w = {out, k, k, x.c},
          .y = {x.n, (x.h + stride - 1) / stride, (x.w + stride - 1) / stride, out},
          .stride = stride,
          .pad = {rows.top, columns.left, rows.bottom, columns.right}};
}

/// One pass by our kernels and by its definition.
void check_pass(const Conv2dSpec& spec, ConvPass pass, Precision precision) {
  INFO(key_of(spec, pass), ", precision ", static_cast<int>(precision));
  Cuda& with = gpu_of(precision);
  const auto plan = NarrowConv::make(with, spec, pass);
  REQUIRE(plan.has_value());
  const Memory workspace = with.allocate(plan->workspace_bytes() + 1);
  Trial trial(type_of(precision));
  const auto operand = [&](Shape shape, ConvPass written) {
    return pass == written ? trial.out(shape) : trial.in(shape);
  };
  const int x = operand(spec.x, ConvPass::BackwardData);
  const int w = operand(spec.w, ConvPass::BackwardWeights);
  const int y = operand(spec.y, ConvPass::Forward);
  trial.check(
      [&](auto& on, auto v) {
        if constexpr (std::is_same_v<decltype(on), Cpu&>) {
          kernels::conv_loops(spec, pass, v(x).f32(), v(w).f32(), v(y).f32(),
                              [](float number) { return number; });
        } else {
          plan->run(with, v(x).data, v(w).data, v(y).data, workspace.get());
          with.synchronize();
        }
      },
      kOff);
}

void check_all(const Conv2dSpec& spec) {
  for (const Precision precision : kPrecisions)
    for (const ConvPass pass : kPasses)
      if (NarrowConv::make(gpu_of(precision), spec, pass)) check_pass(spec, pass, precision);
}

bool fits(const Conv2dSpec& spec, ConvPass pass, Precision precision = Precision::Bf16) {
  return NarrowConv::make(gpu_of(precision), spec, pass).has_value();
}

}  // namespace

TEST_CASE("a narrow output is the definition's, with its gradients") {
  check_all(conv({2, 9, 16, 64}, 5, 1, 3));
  check_all(conv({1, 5, 72, 32}, 5, 1, 3));  // wider than a block's 64 pixels
  check_all(conv({1, 9, 16, 128}, 3, 1, 12));
  check_all(conv({1, 10, 40, 32}, 3, 1, 4));
  check_all(conv({1, 4, 8, 32}, 5, 1, 12));
  check_all(conv({1, 3, 24, 32}, 3, 1, 1));
}

TEST_CASE("a narrow input is the definition's, with the gradient of its weights") {
  check_all(conv({2, 18, 32, 3}, 5, 2, 32));
  check_all(conv({1, 7, 144, 3}, 5, 2, 32));  // 72 wide pixels across, an odd number of rows
  check_all(conv({1, 10, 32, 12}, 5, 2, 64));
  check_all(conv({1, 6, 16, 3}, 5, 2, 128));
  check_all(conv({1, 9, 40, 6}, 3, 1, 32));
  check_all(conv({1, 8, 24, 2}, 3, 2, 32));
}

TEST_CASE("wide sides that are no power of two") {
  check_all(conv({1, 6, 24, 12}, 5, 2, 48));
  check_all(conv({1, 6, 16, 3}, 5, 2, 48));
  check_all(conv({1, 5, 16, 48}, 3, 1, 3));
  check_all(conv({1, 4, 16, 3}, 3, 1, 96));
  check_all(conv({1, 4, 16, 112}, 3, 1, 6));
  check_all(conv({1, 4, 24, 3}, 3, 1, 16));
  CHECK(fits(conv({1, 8, 8, 12}, 5, 2, 48), ConvPass::Forward, Precision::F32));
}

TEST_CASE("a window that reaches further beyond one side than beyond the other") {
  Conv2dSpec spec = conv({1, 7, 16, 32}, 5, 1, 3);
  spec.pad = {4, 0, 0, 4};
  check_all(spec);
}

TEST_CASE("more rows than a block takes, and more tiles than there are multiprocessors") {
  check_all(conv({5, 19, 16, 32}, 3, 1, 3));
}

TEST_CASE("what has no kernel is left to others") {
  const Conv2dSpec head = conv({1, 8, 8, 64}, 5, 1, 3), first = conv({1, 8, 8, 3}, 5, 2, 64);
  CHECK(fits(head, ConvPass::BackwardData));
  CHECK(fits(first, ConvPass::Forward));
  CHECK(!fits(first, ConvPass::BackwardData));
  CHECK(!fits(conv({1, 8, 8, 64}, 5, 2, 3), ConvPass::Forward));
  CHECK(!fits(conv({1, 8, 8, 64}, 3, 1, 13), ConvPass::Forward));
  CHECK(!fits(conv({1, 8, 8, 40}, 5, 1, 3), ConvPass::BackwardWeights));
  CHECK(!fits(conv({1, 8, 8, 64}, 1, 1, 3), ConvPass::Forward));
  CHECK(!fits(conv({1, 8, 7, 64}, 5, 1, 3), ConvPass::Forward));  // rows of 42 bytes
  CHECK(!fits(conv({1, 8, 8, 64}, 3, 1, 64), ConvPass::Forward));
}
