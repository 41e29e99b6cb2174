// SPDX-License-Identifier: MIT
#include "kernels/conv2d.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "base/round_up.h"
#include "kernels/cuda/conv_algorithm.h"
#include "kernels/cuda/operands.h"
#include "kernels/cuda/pad_channels.h"
#include "kernels/cuda/timing.h"

namespace cameo::kernels {
namespace {

constexpr std::size_t kAlign = 256;  // bytes

/// Room behind the plans' workspace for one operand with other channels.
struct Room {
  std::size_t at = 0;
  Shape shape;
  bool padded = false;
};

class CudaConv2d final : public Conv2d {
 public:
  CudaConv2d(Cuda& on, const Conv2dSpec& spec)
      : on_(on),
        dtype_(storage_dtype(on.options().precision)),
        handle_(cudnn::handle_on(on.stream())),
        sum_(on) {
    const Conv2dSpec wide = cudnn::padded(spec);
    prepare(spec, ConvPass::Forward);
    if (spec.wants_dx) prepare(spec, ConvPass::BackwardData);
    if (spec.wants_dw) prepare(spec, ConvPass::BackwardWeights);
    bytes_ = round_up(passes_.workspace_bytes(), kAlign);
    if (!with_plans_) return;
    x_ = room_for(spec.x, wide.x);
    w_ = room_for(spec.w, wide.w);
    y_ = room_for(spec.y, wide.y);
  }

  std::size_t scratch_bytes() const override { return bytes_; }

  void forward(ConstView x, ConstView w, View y, View scratch) override {
    accumulate(x, w, {y}, scratch);
  }

  void accumulate(ConstView x, ConstView w, Grad y, View scratch) override {
    check_types("conv2d", dtype_, {x, w, y.view});
    if (const NarrowConv* own = passes_.at(ConvPass::Forward).own())
      return sum_.write(y, [&](View to) { own->run(on_, x.data, w.data, to.data, scratch.data); });
    void *const input = fill(x_, x, scratch), *const weights = fill(w_, w, scratch);
    write(y_, y, scratch, [&](void* to) { run(ConvPass::Forward, {input, weights, to}, scratch); });
  }

  void backward(ConstView x, ConstView w, ConstView dy, Grad dx, Grad dw, View scratch) override {
    check_types("conv2d", dtype_, {x, w, dy});
    const NarrowConv* const own_dx = dx ? passes_.at(ConvPass::BackwardData).own() : nullptr;
    const NarrowConv* const own_dw = dw ? passes_.at(ConvPass::BackwardWeights).own() : nullptr;
    if (own_dx)
      sum_.write(dx, [&](View to) { own_dx->run(on_, to.data, w.data, dy.data, scratch.data); });
    if (own_dw)
      sum_.write(dw, [&](View to) { own_dw->run(on_, x.data, to.data, dy.data, scratch.data); });
    backward_by_plans(x, w, dy, own_dx ? Grad{} : dx, own_dw ? Grad{} : dw, scratch);
  }

  std::string algorithm_names() const override { return passes_.names(); }

 private:
  void prepare(const Conv2dSpec& spec, ConvPass pass) {
    const ConvAlgorithm& chosen =
        passes_.slot(pass).emplace(pick_conv_algorithm(on_, spec, pass, handle_.get()));
    with_plans_ |= chosen.plan() != nullptr;
  }

  void backward_by_plans(ConstView x, ConstView w, ConstView dy, Grad dx, Grad dw, View scratch) {
    if (!dx && !dw) return;
    void* const from = fill(y_, dy, scratch);
    if (dx)
      write(x_, dx, scratch, [&, weights = fill(w_, w, scratch)](void* to) {
        run(ConvPass::BackwardData, {to, weights, from}, scratch);
      });
    if (dw)
      write(w_, dw, scratch, [&, input = fill(x_, x, scratch)](void* to) {
        run(ConvPass::BackwardWeights, {input, to, from}, scratch);
      });
  }

  Room room_for(Shape given, Shape wide) {
    Room room{bytes_, wide, !(given == wide)};
    if (room.padded) bytes_ += round_up(View{nullptr, wide, dtype_}.bytes(), kAlign);
    return room;
  }

  View view(const Room& room, View scratch) const {
    return {static_cast<std::byte*>(scratch.data) + room.at, room.shape, dtype_};
  }

  /// Where the plan finds an operand, brought to its channels.
  void* fill(const Room& room, ConstView from, View scratch) {
    if (!room.padded) return const_cast<void*>(from.data);
    const View to = view(room, scratch);
    pad_channels(on_, from, {to});
    return to.data;
  }

  /// Writes a result by set(where), which sets.
  template <class F>
  void write(const Room& room, const Grad& grad, View scratch, F set) {
    if (!room.padded) return sum_.write(grad, [&](View to) { set(to.data); });
    const View wide = view(room, scratch);
    set(wide.data);
    pad_channels(on_, wide, grad);
  }

  void run(ConvPass pass, const cudnn::Operands& operands, View scratch) const {
    passes_.at(pass).plan()->execute(handle_.get(), operands, scratch.data);
  }

  Cuda& on_;
  DType dtype_;
  std::shared_ptr<cudnnContext> handle_;
  SumUp sum_;
  ByPass<ConvAlgorithm> passes_;
  bool with_plans_ = false;  ///< some pass is cuDNN's
  std::size_t bytes_ = 0;
  Room x_, w_, y_;
};

}  // namespace

std::size_t estimate_conv2d_scratch(Cuda& on, const Conv2dSpec& spec) {
  const Conv2dSpec wide = cudnn::padded(spec);
  std::size_t most = 0;
  for (const auto& [pass, wanted] : {std::pair{ConvPass::Forward, true},
                                     {ConvPass::BackwardData, spec.wants_dx},
                                     {ConvPass::BackwardWeights, spec.wants_dw}})
    if (wanted) most = std::max(most, estimate_workspace(on, spec, pass));
  most = round_up(most, kAlign);
  const DType dtype = storage_dtype(on.options().precision);
  for (const auto& [given, padded] :
       {std::pair{spec.x, wide.x}, {spec.w, wide.w}, {spec.y, wide.y}})
    if (!(given == padded)) most += round_up(View{nullptr, padded, dtype}.bytes(), kAlign);
  return most;
}

std::unique_ptr<Conv2d> make_conv2d(Cuda& on, const Conv2dSpec& spec) {
  return std::make_unique<CudaConv2d>(on, spec);
}

}  // namespace cameo::kernels
