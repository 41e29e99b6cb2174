// SPDX-License-Identifier: MIT
#include "kernels/cpu/narrow_conv.h"

#include <algorithm>

#include "base/round_up.h"
#include "kernels/cpu/loops.h"

namespace cameo::kernels {
namespace {

constexpr int kMaxOutputs = 4;

/// Taps is [N,H,W,O*KH*KW] at the input's pixels: column (o*KH + kh)*KW + kw is what that tap of
/// output o gives to (or takes from) output pixel (h - kh + top, w - kw + left).
struct Taps {
  Conv2dSpec s;
  std::int64_t columns() const { return std::int64_t{s.w.n} * s.w.h * s.w.w; }
  std::int64_t rows() const { return s.x.size() / s.x.c; }

  /// y = sum of its taps; one image row of y.
  void gather_row(const float* taps, float* y, std::int64_t row) const {
    const std::int64_t n = row / s.y.h;
    const int ho = static_cast<int>(row % s.y.h);
    for (int wo = 0; wo < s.y.w; ++wo) {
      float* const to = y + (row * s.y.w + wo) * s.y.c;
      std::fill_n(to, s.y.c, 0.0F);
      for (int kh = 0; kh < s.w.h; ++kh) {
        const int h = ho + kh - s.pad.top;
        if (h < 0 || h >= s.x.h) continue;
        for (int kw = 0; kw < s.w.w; ++kw) {
          const int w = wo + kw - s.pad.left;
          if (w < 0 || w >= s.x.w) continue;
          const float* const from =
              taps + ((n * s.x.h + h) * s.x.w + w) * columns() + std::int64_t{kh} * s.w.w + kw;
          for (int o = 0; o < s.y.c; ++o) to[o] += from[std::int64_t{o} * s.w.h * s.w.w];
        }
      }
    }
  }

  /// taps = dy, each where its tap saw it; one image row of the input.
  void spread_row(const float* dy, float* taps, std::int64_t row) const {
    for (int w = 0; w < s.x.w; ++w) {
      float* to = taps + (row * s.x.w + w) * columns();
      for (int o = 0; o < s.y.c; ++o, to += std::int64_t{s.w.h} * s.w.w)
        spread_output(dy + o, to, row, w);
    }
  }

  /// The taps of one output at one input pixel; dy is moved to that output's channel.
  void spread_output(const float* dy, float* to, std::int64_t row, int w) const {
    const std::int64_t n = row / s.x.h;
    const int h = static_cast<int>(row % s.x.h);
    for (int kh = 0; kh < s.w.h; ++kh) {
      for (int kw = 0; kw < s.w.w; ++kw) {
        const int ho = h - kh + s.pad.top, wo = w - kw + s.pad.left;
        const bool inside = ho >= 0 && ho < s.y.h && wo >= 0 && wo < s.y.w;
        *to++ = inside ? dy[((n * s.y.h + ho) * s.y.w + wo) * s.y.c] : 0.0F;
      }
    }
  }
};

Gemm gemm_of(const Taps& t, ConvPass pass) {
  const std::int64_t rows = t.rows(), columns = t.columns(), c = t.s.x.c;
  switch (pass) {
    case ConvPass::Forward:  // taps = x w^T
      return {.m = rows, .n = columns, .k = c, .a_row = c, .b_row = 1, .b_column = c};
    case ConvPass::BackwardData:  // dx = taps w
      return {.m = rows, .n = c, .k = columns, .a_row = columns, .b_row = c};
    case ConvPass::BackwardWeights:
      break;
  }
  // dw = taps^T x
  return {.m = columns, .n = c, .k = rows, .a_row = 1, .a_column = columns, .b_row = c};
}

class NarrowConv final : public Primitive {
 public:
  NarrowConv(const Conv2dSpec& spec, ConvPass pass)
      : taps_{spec}, pass_(pass), gemm_(dnnl_primitive(dnnl_gemm(gemm_of(taps_, pass)), false)) {}

  std::size_t scratch_bytes() const override { return taps_bytes() + gemm_->scratch_bytes(); }

  void run(const Operands& operands) override {
    auto* const taps = reinterpret_cast<float*>(operands.scratch);
    std::byte* const scratch = operands.scratch + taps_bytes();
    const Conv2dSpec& s = taps_.s;
    if (pass_ == ConvPass::Forward) {
      gemm_->run({operands.a, operands.b, taps, scratch});
      parallel_stretches(std::int64_t{s.y.n} * s.y.h, 1,
                         [&](auto row, auto) { taps_.gather_row(taps, operands.out, row); });
      return;
    }
    const float* const dy = pass_ == ConvPass::BackwardData ? operands.a : operands.b;
    parallel_stretches(std::int64_t{s.x.n} * s.x.h, 1,
                       [&](auto row, auto) { taps_.spread_row(dy, taps, row); });
    const float* const other = pass_ == ConvPass::BackwardData ? operands.b : operands.a;
    gemm_->run({taps, other, operands.out, scratch});
  }

 private:
  std::size_t taps_bytes() const {
    const std::int64_t floats = taps_.rows() * taps_.columns();
    return static_cast<std::size_t>(round_up(floats, 16)) * sizeof(float);
  }

  Taps taps_;
  ConvPass pass_;
  std::unique_ptr<Primitive> gemm_;
};

}  // namespace

bool is_narrow(const Conv2dSpec& s) {
  return s.stride == 1 && s.w.n <= kMaxOutputs && s.x.c >= 4 * s.w.n;
}

std::unique_ptr<Primitive> narrow_conv(const Conv2dSpec& spec, ConvPass pass) {
  return std::make_unique<NarrowConv>(spec, pass);
}

}  // namespace cameo::kernels
