// SPDX-License-Identifier: MIT
#include "engine/train_step.h"

namespace cameo {

Step::Step(Graph& graph, Adam& adam, const std::function<void()>& before) {
  // Libraries set themselves up at their first call, which a capture would not allow.
  if (before) before();
  graph.forward();
  graph.backward();
  adam.rehearse();
  recording_ = run(graph.exec(), [&](auto& on) {
    return on.record([&graph, &adam, before] {
      if (before) before();
      graph.forward();
      graph.backward();
      adam.step();
    });
  });
}

}  // namespace cameo
