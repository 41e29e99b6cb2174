// SPDX-License-Identifier: MIT
#include "kernels/cpu/im2col.h"

#include <algorithm>

#include "base/round_up.h"
#include "kernels/cpu/loops.h"

namespace cameo::kernels {
namespace {

/// Calls f(offset in x, offset in the unfolded row) for each tap of output pixel `row` that lies
/// inside the image; g(offset in the unfolded row) for each that lies in the padding.
template <class F, class G>
void each_tap(const Conv2dSpec& s, std::int64_t row, F f, G g) {
  const int wo = static_cast<int>(row % s.y.w), ho = static_cast<int>(row / s.y.w % s.y.h);
  const std::int64_t n = row / s.y.w / s.y.h;
  for (int kh = 0; kh < s.w.h; ++kh) {
    for (int kw = 0; kw < s.w.w; ++kw) {
      const int h = ho * s.stride + kh - s.pad.top, w = wo * s.stride + kw - s.pad.left;
      const std::int64_t to = (std::int64_t{kh} * s.w.w + kw) * s.x.c;
      if (h < 0 || h >= s.x.h || w < 0 || w >= s.x.w)
        g(to);
      else
        f(((n * s.x.h + h) * s.x.w + w) * s.x.c, to);
    }
  }
}

void unfold(const Conv2dSpec& s, const float* x, float* columns) {
  const std::int64_t width = s.w.size() / s.w.n, rows = s.y.size() / s.y.c;
  parallel_stretches(rows, rows_of_grain(width), [&](auto begin, auto end) {
    for (auto row = begin; row < end; ++row) {
      float* const to = columns + row * width;
      each_tap(
          s, row, [&](auto from, auto at) { std::copy_n(x + from, s.x.c, to + at); },
          [&](auto at) { std::fill_n(to + at, s.x.c, 0.0F); });
    }
  });
}

/// The transpose of unfold. Threads take whole images, so that no two write the same pixel.
void fold(const Conv2dSpec& s, const float* columns, float* x) {
  const std::int64_t width = s.w.size() / s.w.n, rows = s.y.size() / s.y.c / s.y.n;
  const std::int64_t image = s.x.size() / s.x.n;
  parallel_stretches(s.x.n, 1, [&](auto n, auto) {
    std::fill_n(x + n * image, image, 0.0F);
    for (auto row = n * rows; row < (n + 1) * rows; ++row) {
      const float* const from = columns + row * width;
      each_tap(
          s, row,
          [&](auto to, auto at) {
            for (int c = 0; c < s.x.c; ++c) x[to + c] += from[at + c];
          },
          [](auto) {});
    }
  });
}

Gemm gemm_of(const Conv2dSpec& s, ConvPass pass) {
  const std::int64_t rows = s.y.size() / s.y.c, width = s.w.size() / s.w.n, outputs = s.w.n;
  switch (pass) {
    case ConvPass::Forward:  // y = columns w^T
      return {.m = rows, .n = outputs, .k = width, .a_row = width, .b_row = 1, .b_column = width};
    case ConvPass::BackwardData:  // d columns = dy w
      return {.m = rows, .n = width, .k = outputs, .a_row = outputs, .b_row = width};
    case ConvPass::BackwardWeights:
      break;
  }
  // dw = dy^T columns
  return {.m = outputs, .n = width, .k = rows, .a_row = 1, .a_column = outputs, .b_row = width};
}

class Im2col final : public Primitive {
 public:
  Im2col(const Conv2dSpec& spec, ConvPass pass, DType products)
      : spec_(spec),
        pass_(pass),
        gemm_(dnnl_primitive(dnnl_gemm(gemm_of(spec, pass), products), false)) {}

  std::size_t scratch_bytes() const override {
    return im2col_bytes(spec_) + gemm_->scratch_bytes();
  }

  void run(const Operands& operands) override {
    auto* const columns = reinterpret_cast<float*>(operands.scratch);
    std::byte* const scratch = operands.scratch + im2col_bytes(spec_);
    switch (pass_) {
      case ConvPass::Forward:
        unfold(spec_, operands.a, columns);
        gemm_->run({columns, operands.b, operands.out, scratch});
        break;
      case ConvPass::BackwardData:
        gemm_->run({operands.a, operands.b, columns, scratch});
        fold(spec_, columns, operands.out);
        break;
      case ConvPass::BackwardWeights:
        unfold(spec_, operands.a, columns);
        gemm_->run({operands.b, columns, operands.out, scratch});
        break;
    }
  }

 private:
  Conv2dSpec spec_;
  ConvPass pass_;
  std::unique_ptr<Primitive> gemm_;
};

}  // namespace

std::size_t im2col_bytes(const Conv2dSpec& s) {
  const std::int64_t floats = s.y.size() / s.y.c * (s.w.size() / s.w.n);
  return static_cast<std::size_t>(round_up(floats, 16)) * sizeof(float);
}

std::unique_ptr<Primitive> im2col_conv(const Conv2dSpec& spec, ConvPass pass, DType products) {
  return std::make_unique<Im2col>(spec, pass, products);
}

}  // namespace cameo::kernels
