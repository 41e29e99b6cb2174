// SPDX-License-Identifier: MIT
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "engine/gradient_reducer.h"
#include "engine/graph.h"
#include "engine/optimizer.h"

namespace cameo {

/// A part of a training step: forward and backward of one graph, then its optimizers in their
/// order. Without optimizers it is forward alone, such as of a generator whose images the next
/// phase reads.
struct Phase {
  Graph& graph;  ///< planned
  std::vector<Optimizer*> optimizers = {};
  /// Fills the graph's inputs for a micro-batch, whose number from 0 it gets; may be empty. It is
  /// recorded: work on the device, the same at every replay.
  std::function<void(int micro_batch)> before = {};
  /// Runs between backward and the optimizers, such as clipping or an all-reduce; may be empty.
  /// Recorded too.
  std::function<void()> after_backward = {};
  /// Forward and backward run so often, and gradients add up to the mean over all: a batch of so
  /// many times the graph's, in its memory. In bfloat16 each addition rounds. What the graph's
  /// values and losses hold after a step is of the last micro-batch.
  int micro_batches = 1;
  /// Where several processes train together: all-reduces the graph's gradients during the last
  /// micro-batch's backward, to the mean over all ranks.
  GradientReducer* reducer = nullptr;
};

/// A training step of several phases, one after another, recorded once and replayed.
class TrainStep {
 public:
  /// Everything that the phases name must outlive the step. Runs all of it once before the
  /// recording, so that libraries are set up; optimizers only rehearse, so no weight changes.
  TrainStep(Exec& exec, std::vector<Phase> phases);
  /// One training step from what the graphs' inputs hold now. May return before it is done.
  void replay() { recording_->replay(); }

 private:
  std::unique_ptr<Recording> recording_;
};

}  // namespace cameo
