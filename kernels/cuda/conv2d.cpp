// SPDX-License-Identifier: MIT
#include "kernels/conv2d.h"

#include <memory>
#include <string>

#include "kernels/cuda/cudnn_plans.h"
#include "kernels/cuda/operands.h"
#include "kernels/cuda/trial.h"

namespace cameo::kernels {
namespace {

class CudaConv2d final : public Conv2d {
 public:
  CudaConv2d(Cuda& on, const Conv2dSpec& spec)
      : dtype_(stored_as(on.options().precision)),
        handle_(cudnn::handle_on(on.stream())),
        sum_(on) {
    prepare(on, spec, Direction::Forward);
    if (spec.wants_dx) prepare(on, spec, Direction::ToInput);
    if (spec.wants_dw) prepare(on, spec, Direction::ToWeights);
  }

  std::size_t scratch_bytes() const override { return plans_.workspace_bytes(); }

  void forward(ConstView x, ConstView w, View y, View scratch) override {
    check_types("conv2d", dtype_, {x, w, y});
    run(Direction::Forward, {x.data, w.data, y.data}, scratch);
  }

  void backward(ConstView x, ConstView w, ConstView dy, Grad dx, Grad dw, View scratch) override {
    check_types("conv2d", dtype_, {x, w, dy});
    const auto to_input = [&](View to) {
      run(Direction::ToInput, {to.data, w.data, dy.data}, scratch);
    };
    const auto to_weights = [&](View to) {
      run(Direction::ToWeights, {x.data, to.data, dy.data}, scratch);
    };
    if (dx) sum_.write(dx, to_input);
    if (dw) sum_.write(dw, to_weights);
  }

  std::string ways() const override { return plans_.names(); }

 private:
  void prepare(Cuda& on, const Conv2dSpec& spec, Direction direction) {
    plans_.slot(direction).emplace(cudnn::choose_plan(on, spec, direction, handle_.get()));
  }

  void run(Direction direction, const cudnn::Operands& operands, View scratch) const {
    plans_.at(direction).execute(handle_.get(), operands, scratch.data);
  }

  DType dtype_;
  std::shared_ptr<cudnnContext> handle_;
  SumUp sum_;
  ByDirection<cudnn::Plan> plans_;
};

}  // namespace

std::unique_ptr<Conv2d> make_conv2d(Cuda& on, const Conv2dSpec& spec) {
  return std::make_unique<CudaConv2d>(on, spec);
}

}  // namespace cameo::kernels
