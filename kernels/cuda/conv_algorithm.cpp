// SPDX-License-Identifier: MIT
#include "kernels/cuda/conv_algorithm.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "kernels/cuda/libraries.h"
#include "kernels/cuda/pad_channels.h"
#include "kernels/cuda/timing.h"

namespace cameo::kernels {
namespace {

constexpr std::size_t kTried = 8;  // cuDNN's proposals behind these are seldom faster

/// Dummy operands of a pass and a workspace, for timing.
class Bench {
 public:
  Bench(Cuda& on, const Conv2dSpec& spec, ConvPass pass, cudnnContext* handle)
      : on_(on), pass_(pass), handle_(handle), dtype_(storage_dtype(on.options().precision)) {
    const Conv2dSpec wide = cudnn::padded(spec);
    x_ = operand(spec.x, wide.x);
    w_ = operand(spec.w, wide.w);
    y_ = operand(spec.y, wide.y);
  }

  void allocate_workspace(const std::vector<ConvAlgorithm>& algorithms) {
    std::size_t most = 1;
    for (const ConvAlgorithm& one : algorithms) most = std::max(most, one.workspace_bytes());
    workspace_ = on_.allocate(most);
  }

  void run(const ConvAlgorithm& algorithm) {
    if (const NarrowConv* own = algorithm.own())
      return own->run(on_, x_.given.data, w_.given.data, y_.given.data, workspace_.get());
    Operand& out = pass_ == ConvPass::Forward ? y_ : pass_ == ConvPass::BackwardData ? x_ : w_;
    for (Operand* one : {&x_, &w_, &y_})
      if (one != &out && one->wide.data != one->given.data)
        pad_channels(on_, one->given, {one->wide});
    algorithm.plan()->execute(handle_, {x_.wide.data, w_.wide.data, y_.wide.data},
                              workspace_.get());
    if (out.wide.data != out.given.data) pad_channels(on_, out.wide, {out.given});
  }

 private:
  struct Operand {
    View given, wide;
  };

  View make(Shape shape) {
    memory_.push_back(dummy_input(on_, shape.size(), dtype_));
    return {memory_.back().get(), shape, dtype_};
  }

  Operand operand(Shape given, Shape wide) {
    const View view = make(given);
    return {view, given == wide ? view : make(wide)};
  }

  Cuda& on_;
  ConvPass pass_;
  cudnnContext* handle_;
  DType dtype_;
  std::vector<Memory> memory_;
  Memory workspace_;
  Operand x_, w_, y_;
};

std::string tuning_key(Cuda& on, const Conv2dSpec& spec, ConvPass pass) {
  return key_of(spec, pass) + key_tail(on, "cuDNN " + cudnn_version());
}

cudnn::Proposals proposals_for(const Cuda& on, const Conv2dSpec& spec, ConvPass pass) {
  const CudaOptions& options = on.options();
  return {cudnn::padded(spec), pass,
          cudnn::PlanRules{.precision = options.precision, .deterministic = options.deterministic},
          cudnn::device(options.device)};
}

std::optional<NarrowConv> own_for(const Cuda& on, const Conv2dSpec& spec, ConvPass pass) {
  if (!on.options().own_convolutions) return std::nullopt;
  return NarrowConv::make(on, spec, pass);
}

}  // namespace

ConvAlgorithm pick_conv_algorithm(Cuda& on, const Conv2dSpec& spec, ConvPass pass,
                                  cudnnContext* handle) {
  const bool timed = on.options().time_plans;
  const std::string key = tuning_key(on, spec, pass);
  const auto own = own_for(on, spec, pass);
  cudnn::Proposals proposals = proposals_for(on, spec, pass);
  std::optional<Bench> bench;
  const auto find = [&](const std::string& name) -> std::optional<ConvAlgorithm> {
    if (own && name == NarrowConv::kName) return ConvAlgorithm(*own);
    if (auto plan = proposals.take(name)) return ConvAlgorithm(std::move(*plan));
    return std::nullopt;
  };
  const auto candidates = [&] {
    std::vector<ConvAlgorithm> all;
    for (cudnn::Plan& plan : proposals.take(timed ? kTried : 1)) all.emplace_back(std::move(plan));
    if (own && (timed || all.empty())) all.emplace_back(*own);
    check(!all.empty(), ErrorCode::Device, key, ": cuDNN has no plan for it within the rules");
    if (all.size() > 1) bench.emplace(on, spec, pass, handle).allocate_workspace(all);
    return all;
  };
  const auto time = [&](const ConvAlgorithm& algorithm, double) {
    return static_cast<double>(milliseconds(on, [&] { bench->run(algorithm); }));
  };
  const auto name_of = [](const ConvAlgorithm& algorithm) { return algorithm.name(); };
  return pick_algorithm(on, key, timed, find, candidates, name_of, time);
}

std::size_t estimate_workspace(Cuda& on, const Conv2dSpec& spec, ConvPass pass) {
  const auto own = own_for(on, spec, pass);
  const std::size_t own_bytes = own ? own->workspace_bytes() : 0;
  cudnn::Proposals proposals = proposals_for(on, spec, pass);
  if (const auto known = on.known(tuning_key(on, spec, pass))) {
    if (own && *known == NarrowConv::kName) return own_bytes;
    if (const auto plan = proposals.take(*known)) return plan->workspace_bytes();
  }
  const auto plans = proposals.take(1);
  return std::max(own_bytes, plans.empty() ? 0 : plans.front().workspace_bytes());
}

}  // namespace cameo::kernels
