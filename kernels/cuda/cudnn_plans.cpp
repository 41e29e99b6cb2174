// SPDX-License-Identifier: MIT
#include "kernels/cuda/cudnn_plans.h"

#include <array>
#include <utility>

#include "kernels/cuda/timing.h"

namespace cameo::kernels::cudnn {
namespace {

bool is_allowed(const Notes& notes, const PlanRules& rules) {
  return !notes.compiles && !notes.narrower_inputs && !notes.narrower_sums &&
         !(rules.deterministic && notes.nondeterministic) &&
         !(rules.precision == Precision::F32 && notes.tensor_cores);
}

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
    const bool is_new = names_.insert(engine.name).second;
    if (is_new && is_allowed(engine.notes, rules_)) engines_.push_back(std::move(engine));
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

}  // namespace cameo::kernels::cudnn
