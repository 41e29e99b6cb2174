// SPDX-License-Identifier: MIT
#include "kernels/dense.h"

#include <algorithm>
#include <utility>

#include "kernels/cpu/column_sums.h"
#include "kernels/cpu/dnnl_primitive.h"
#include "kernels/system_info.h"

namespace cameo::kernels {
namespace {

Gemm gemm_of(const DenseSpec& s, ConvPass pass) {
  switch (pass) {
    case ConvPass::Forward:  // y = x w^T
      return {.m = s.n, .n = s.out, .k = s.in, .a_row = s.in, .b_row = 1, .b_column = s.in};
    case ConvPass::BackwardData:  // dx = dy w
      return {.m = s.n, .n = s.in, .k = s.out, .a_row = s.out, .b_row = s.in};
    case ConvPass::BackwardWeights:
      break;
  }
  // dw = dy^T x
  return {.m = s.out, .n = s.in, .k = s.n, .a_row = 1, .a_column = s.out, .b_row = s.in};
}

/// The product towards the weights takes dy first; a pass towards the weights is handed x first.
class Swapped final : public Primitive {
 public:
  explicit Swapped(std::unique_ptr<Primitive> work) : work_(std::move(work)) {}
  std::size_t scratch_bytes() const override { return work_->scratch_bytes(); }
  void run(const Operands& operands) override {
    work_->run({operands.b, operands.a, operands.out, operands.scratch});
  }

 private:
  std::unique_ptr<Primitive> work_;
};

std::vector<Algorithm> algorithms_of(const DenseSpec& s, ConvPass pass, Precision precision) {
  const bool constant_b = s.constant_weights && pass != ConvPass::BackwardWeights;
  std::vector<Algorithm> algorithms;
  const auto add = [&](const std::string& suffix, DType products) {
    algorithms.push_back(dnnl_algorithm("packed" + suffix,
                                        dnnl_dense(s.n, s.in, s.out, pass, products), constant_b));
    auto gemm = dnnl_primitive(dnnl_gemm(gemm_of(s, pass), products), false);
    if (pass == ConvPass::BackwardWeights) gemm = std::make_unique<Swapped>(std::move(gemm));
    algorithms.push_back({"gemm" + suffix, std::move(gemm)});
  };
  if (precision == Precision::Bf16 && has_bf16_products()) add("-bf16", DType::BF16);
  add("", DType::F32);
  return algorithms;
}

Precision precision_of(const Cpu& on, const DenseSpec& s) {
  return s.keeps_f32 ? Precision::F32 : on.precision;
}

TunedPass make(Cpu& on, const DenseSpec& s, ConvPass pass) {
  const auto product = [](int a, int b) {
    return static_cast<std::size_t>(a) * static_cast<std::size_t>(b);
  };
  const std::size_t x = product(s.n, s.in), w = product(s.out, s.in), y = product(s.n, s.out);
  const OperandSizes sizes[] = {{x, w, y}, {y, w, x}, {x, y, w}};
  const auto at = static_cast<std::size_t>(pass);
  const Precision precision = precision_of(on, s);
  auto algorithm = pick_algorithm(on, key_in(precision, key_of(s, pass)),
                                  algorithms_of(s, pass, precision), sizes[at]);
  return {std::move(algorithm), sizes[at].out};
}

CAMEO_SIMD void add_row(float* y, const float* b, int width) {
  for (int c = 0; c < width; ++c) y[c] += b[c];
}

CAMEO_SIMD void sum_row(const float* dy, float* sums, int width) {
  for (int c = 0; c < width; ++c) sums[c] += dy[c];
}

class CpuDense final : public Dense {
 public:
  CpuDense(Cpu& on, const DenseSpec& spec) : spec_(spec) {
    passes_.forward = make(on, spec, ConvPass::Forward);
    if (spec.wants_dx) passes_.backward_data = make(on, spec, ConvPass::BackwardData);
    if (spec.wants_dw) passes_.backward_weights = make(on, spec, ConvPass::BackwardWeights);
  }

  std::size_t scratch_bytes() const override { return passes_.scratch_bytes(); }

  void forward(ConstView x, ConstView w, ConstView b, View y, View scratch) override {
    passes_.run_forward(x, w, {y}, scratch);
    for (int n = 0; n < spec_.n; ++n)
      add_row(y.f32() + std::int64_t{n} * spec_.out, b.f32(), spec_.out);
  }

  void backward(ConstView x, ConstView w, ConstView dy, Grad dx, Grad dw, Grad db,
                View scratch) override {
    passes_.run_backward(x, w, dy, dx, dw, scratch);
    if (!db) return;
    column_sums(spec_.n, spec_.out, db, [&](auto begin, auto end, float* sums) {
      for (auto row = begin; row < end; ++row) sum_row(dy.f32() + row * spec_.out, sums, spec_.out);
    });
  }

  std::string algorithm_names() const override { return passes_.algorithm_names(); }

 private:
  DenseSpec spec_;
  TunedPasses passes_;
};

}  // namespace

std::size_t estimate_dense_scratch(Cpu& on, const DenseSpec& spec) {
  return most_scratch(spec.wants_dx, spec.wants_dw, [&](ConvPass pass) {
    const Precision precision = precision_of(on, spec);
    return estimate_scratch(on, key_in(precision, key_of(spec, pass)),
                            algorithms_of(spec, pass, precision));
  });
}

std::unique_ptr<Dense> make_dense(Cpu& on, const DenseSpec& spec) {
  return std::make_unique<CpuDense>(on, spec);
}

}  // namespace cameo::kernels
