// SPDX-License-Identifier: MIT
#include "engine/train_step.h"

#include <utility>

#include "base/error.h"

namespace cameo {
namespace {

/// Everything of a phase but its optimizers.
void compute(const Phase& phase) {
  GradientReducer* const reducer = phase.reducer;
  const int parts = phase.micro_batches * (reducer == nullptr ? 1 : reducer->ranks());
  for (int part = 0; part < phase.micro_batches; ++part) {
    if (phase.before) phase.before(part);
    phase.graph.forward();
    if (phase.optimizers.empty()) continue;
    const bool reduces = reducer != nullptr && part + 1 == phase.micro_batches;
    std::function<void(std::size_t)> after_op;
    if (reduces) after_op = [reducer](std::size_t op) { reducer->after_op(op); };
    phase.graph.backward(RootGrad::Weights, {part, parts}, after_op);
    if (reduces) reducer->finish();
  }
  if (phase.after_backward) phase.after_backward();
}

}  // namespace

TrainStep::TrainStep(Exec& exec, std::vector<Phase> phases) {
  check(!phases.empty(), "TrainStep: no phases");
  for (const Phase& phase : phases) {
    check(phase.micro_batches > 0, "TrainStep: ", phase.micro_batches, " micro-batches");
    // Libraries set themselves up at their first call, which a capture would not allow.
    compute(phase);
    for (Optimizer* const optimizer : phase.optimizers) optimizer->rehearse();
  }
  recording_ = run(exec, [&](auto& on) {
    return on.record([phases = std::move(phases)] {
      for (const Phase& phase : phases) {
        compute(phase);
        for (Optimizer* const optimizer : phase.optimizers) optimizer->step();
      }
    });
  });
}

}  // namespace cameo
