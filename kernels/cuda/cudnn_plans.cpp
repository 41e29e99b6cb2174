// SPDX-License-Identifier: MIT
#include "kernels/cuda/cudnn_plans.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "kernels/cuda/libraries.h"
#include "kernels/cuda/timing.h"

namespace cameo::kernels::cudnn {
namespace {

constexpr std::size_t kTried = 8;  // the proposals behind these are seldom faster

bool is_allowed(const Notes& notes, const PlanRules& rules) {
  return !notes.compiles && !notes.narrower_inputs && !notes.narrower_sums &&
         !(rules.deterministic && notes.nondeterministic) &&
         !(rules.precision == Precision::F32 && notes.tensor_cores);
}

/// Dummy operands of a convolution and a workspace, for timing.
class Bench {
 public:
  Bench(Cuda& on, const Conv2dSpec& spec, cudnnHandle_t handle) : on_(on), handle_(handle) {
    const DType dtype = storage_dtype(on.options().precision);
    x_ = dummy_input(on, spec.x.size(), dtype);
    w_ = dummy_input(on, spec.w.size(), dtype);
    y_ = dummy_input(on, spec.y.size(), dtype);
  }

  void allocate_workspace(const std::vector<Plan>& plans) {
    std::size_t most = 1;
    for (const Plan& plan : plans) most = std::max(most, plan.workspace_bytes());
    workspace_ = on_.allocate(most);
  }

  void run(const Plan& plan) {
    plan.execute(handle_, {x_.get(), w_.get(), y_.get()}, workspace_.get());
  }

 private:
  Cuda& on_;
  cudnnHandle_t handle_;
  Memory x_, w_, y_, workspace_;
};

}  // namespace

Conv2dSpec padded(Conv2dSpec spec) {
  constexpr int kMultiple = 8;
  const auto up = [](int channels) { return (channels + kMultiple - 1) / kMultiple * kMultiple; };
  spec.x.c = spec.w.c = up(spec.x.c);
  spec.y.c = spec.w.n = up(spec.y.c);
  return spec;
}

Proposals::Proposals(const Conv2dSpec& spec, ConvPass pass, const PlanRules& rules,
                     Descriptor device)
    : rules_(rules),
      device_(std::move(device)),
      graph_(spec, pass, storage_dtype(rules.precision)) {}

/// Appends what another of cuDNN's lists has beyond the earlier ones; false if there is no other.
bool Proposals::ask_on() {
  // The first alone is enough but for strict float32, where it may name nothing that is allowed.
  static constexpr std::array kLists = {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_B,
                                        CUDNN_HEUR_MODE_FALLBACK};
  if (asked_ == kLists.size()) return false;
  for (Engine& engine : proposals(graph_, device_, kLists.at(asked_++))) {
    const bool known = std::any_of(engines_.begin(), engines_.end(),
                                   [&](const Engine& e) { return e.name == engine.name; });
    if (!known && is_allowed(engine.notes, rules_)) engines_.push_back(std::move(engine));
  }
  return true;
}

std::optional<Plan> Proposals::ready(Engine engine) const {
  auto plan = Plan::make(std::move(engine), device_);
  if (plan && plan->workspace_bytes() > rules_.most_workspace) plan.reset();
  return plan;
}

std::vector<Plan> Proposals::take(std::size_t most) {
  std::vector<Plan> plans;
  while (plans.size() < most && (next_ < engines_.size() || ask_on()))
    if (next_ < engines_.size())
      if (auto plan = ready(std::move(engines_[next_++]))) plans.push_back(std::move(*plan));
  return plans;
}

std::optional<Plan> Proposals::take(const std::string& name) {
  std::size_t at = next_;
  do {
    for (; at < engines_.size(); ++at)
      if (engines_[at].name == name) {
        Engine engine = std::move(engines_[at]);
        engines_.erase(engines_.begin() + static_cast<std::ptrdiff_t>(at));
        return ready(std::move(engine));
      }
  } while (ask_on());
  return std::nullopt;
}

Plan pick_plan(Cuda& on, const Conv2dSpec& spec, ConvPass pass, cudnnHandle_t handle) {
  const CudaOptions& options = on.options();
  const std::string key = key_of(spec, pass) + key_tail(on, "cuDNN " + cudnn_version());
  Proposals proposals(spec, pass,
                      {.precision = options.precision, .deterministic = options.deterministic},
                      device(options.device));
  std::optional<Bench> bench;
  const auto find = [&](const std::string& name) { return proposals.take(name); };
  const auto candidates = [&] {
    auto plans = proposals.take(options.time_plans ? kTried : 1);
    check(!plans.empty(), ErrorCode::Device, key, ": cuDNN has no plan for it within the rules");
    if (plans.size() > 1) bench.emplace(on, spec, handle).allocate_workspace(plans);
    return plans;
  };
  const auto time = [&](const Plan& plan, double) {
    return static_cast<double>(milliseconds(on, [&] { bench->run(plan); }));
  };
  return pick_algorithm(
      on, key, options.time_plans, find, candidates, [](const Plan& plan) { return plan.name(); },
      time);
}

std::size_t estimate_workspace(Cuda& on, const Conv2dSpec& spec, ConvPass pass) {
  const CudaOptions& options = on.options();
  const std::string key = key_of(spec, pass) + key_tail(on, "cuDNN " + cudnn_version());
  Proposals proposals(spec, pass,
                      {.precision = options.precision, .deterministic = options.deterministic},
                      device(options.device));
  if (const auto known = on.known(key))
    if (const auto plan = proposals.take(*known)) return plan->workspace_bytes();
  const auto plans = proposals.take(1);
  return plans.empty() ? 0 : plans.front().workspace_bytes();
}

}  // namespace cameo::kernels::cudnn
