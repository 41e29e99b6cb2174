// SPDX-License-Identifier: MIT
#pragma once
#include <functional>
#include <memory>

#include "engine/adam.h"
#include "engine/graph.h"

namespace cameo {

/// Forward, backward and optimiser of one planned graph, recorded once and replayed.
class Step {
 public:
  /// before: work that comes first, such as filling the graph's inputs; may be empty.
  /// graph must be planned; all of them must outlive the step. Runs `before`, forward, backward and
  /// a made-up update once, so that all has set itself up before the recording; no weight changes.
  Step(Graph& graph, Adam& adam, const std::function<void()>& before = {});
  /// One training step from what the graph's inputs hold now.
  void replay() { recording_->replay(); }

 private:
  std::unique_ptr<Recording> recording_;
};

}  // namespace cameo
