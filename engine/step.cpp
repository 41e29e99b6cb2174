// SPDX-License-Identifier: MIT
#include "engine/step.h"

namespace cameo {

Step::Step(Graph& graph, Adam& adam) {
  // Libraries set themselves up at their first call, which a capture would not allow.
  graph.forward();
  graph.backward();
  adam.rehearse();
  recording_ = run(graph.exec(), [&](auto& on) {
    return on.record([&graph, &adam] {
      graph.forward();
      graph.backward();
      adam.step();
    });
  });
}

}  // namespace cameo
