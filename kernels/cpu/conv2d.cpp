// SPDX-License-Identifier: MIT
#include "kernels/conv2d.h"

#include <algorithm>
#include <utility>

#include "kernels/cpu/dnnl_primitive.h"
#include "kernels/cpu/im2col.h"
#include "kernels/cpu/narrow_conv.h"
#include "kernels/cpu/winograd.h"
#include "kernels/system_info.h"

namespace cameo::kernels {
namespace {

constexpr std::size_t kMaxUnfolded = std::size_t{64} << 20;  // more would stream through memory

std::vector<Algorithm> algorithms_of(const Conv2dSpec& spec, ConvPass pass, Precision precision) {
  const bool constant_b = spec.constant_weights && pass != ConvPass::BackwardWeights;
  std::vector<Algorithm> algorithms;
  const auto add = [&](const char* name, ConvForm form, DType products) {
    if (auto plan = dnnl_conv(spec, pass, form, products))
      algorithms.push_back(dnnl_algorithm(name, std::move(*plan), constant_b));
  };
  if (precision == Precision::Bf16 && has_bf16_products()) {  // oneDNN emulates them elsewhere
    add("direct-bf16", ConvForm::DirectNhwc, DType::BF16);
    add("blocked-bf16", ConvForm::DirectBlocked, DType::BF16);
    if (!algorithms.empty() && im2col_bytes(spec) <= kMaxUnfolded)
      algorithms.push_back({"gemm-bf16", im2col_conv(spec, pass, DType::BF16)});
  }
  add("direct", ConvForm::DirectNhwc, DType::F32);
  add("blocked", ConvForm::DirectBlocked, DType::F32);
  add("winograd", ConvForm::Winograd, DType::F32);
  if (im2col_bytes(spec) <= kMaxUnfolded) algorithms.push_back({"gemm", im2col_conv(spec, pass)});
  if (is_winograd(spec, pass)) algorithms.push_back({"tiles", winograd_conv(spec, pass)});
  if (is_narrow(spec)) algorithms.push_back({"narrow", narrow_conv(spec, pass)});
  return algorithms;
}

OperandSizes sizes_of(const Conv2dSpec& s, ConvPass pass) {
  const auto size = [](Shape shape) { return static_cast<std::size_t>(shape.size()); };
  switch (pass) {
    case ConvPass::Forward:
      return {size(s.x), size(s.w), size(s.y)};
    case ConvPass::BackwardData:
      return {size(s.y), size(s.w), size(s.x)};
    case ConvPass::BackwardWeights:
      break;
  }
  return {size(s.x), size(s.y), size(s.w)};
}

class CpuConv2d final : public Conv2d {
 public:
  CpuConv2d(Cpu& on, const Conv2dSpec& spec) {
    passes_.forward = make(on, spec, ConvPass::Forward);
    if (spec.wants_dx) passes_.backward_data = make(on, spec, ConvPass::BackwardData);
    if (spec.wants_dw) passes_.backward_weights = make(on, spec, ConvPass::BackwardWeights);
  }

  std::size_t scratch_bytes() const override { return passes_.scratch_bytes(); }

  void forward(ConstView x, ConstView w, View y, View scratch) override {
    accumulate(x, w, {y}, scratch);
  }

  void accumulate(ConstView x, ConstView w, Grad y, View scratch) override {
    passes_.run_forward(x, w, y, scratch);
  }

  void backward(ConstView x, ConstView w, ConstView dy, Grad dx, Grad dw, View scratch) override {
    passes_.run_backward(x, w, dy, dx, dw, scratch);
  }

  std::string algorithm_names() const override { return passes_.algorithm_names(); }

 private:
  static TunedPass make(Cpu& on, const Conv2dSpec& spec, ConvPass pass) {
    const OperandSizes sizes = sizes_of(spec, pass);
    auto algorithm = pick_algorithm(on, key_in(on.precision, key_of(spec, pass)),
                                    algorithms_of(spec, pass, on.precision), sizes);
    return {std::move(algorithm), sizes.out};
  }

  TunedPasses passes_;
};

}  // namespace

std::vector<std::string> conv2d_algorithms(Precision precision) {
  std::vector<std::string> all = {"direct", "blocked", "winograd", "tiles", "gemm", "narrow"};
  if (precision == Precision::Bf16)
    all.insert(all.begin(), {"direct-bf16", "blocked-bf16", "gemm-bf16"});
  return all;
}

std::size_t estimate_conv2d_scratch(Cpu& on, const Conv2dSpec& spec) {
  return most_scratch(spec.wants_dx, spec.wants_dw, [&](ConvPass pass) {
    return estimate_scratch(on, key_in(on.precision, key_of(spec, pass)),
                            algorithms_of(spec, pass, on.precision));
  });
}

std::unique_ptr<Conv2d> make_conv2d(Cpu& on, const Conv2dSpec& spec) {
  return std::make_unique<CpuConv2d>(on, spec);
}

}  // namespace cameo::kernels
