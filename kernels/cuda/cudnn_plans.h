// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kernels/cuda/cudnn_graph.h"
#include "kernels/precision.h"

namespace cameo::kernels::cudnn {

/// The same convolution with channels, in and out, brought up to multiples of 8 by zeros: cuDNN's
/// fast engines take no others, and would make copies of their own at each call.
Conv2dSpec padded(Conv2dSpec spec);

/// What a plan may do.
struct PlanRules {
  Precision precision = Precision::Tf32;
  bool deterministic = true;
  std::size_t most_workspace = std::size_t{64} << 20;  ///< bytes
};

/// The engines cuDNN proposes for one pass of a convolution on a device, less those the rules
/// forbid: sums that change from run to run where the run must repeat, tensor cores at strict
/// float32, inputs rounded further or sums kept shorter than the precision says, kernels that
/// would be compiled here.
class Proposals {
 public:
  Proposals(const Conv2dSpec& spec, ConvPass pass, const PlanRules& rules, Descriptor device);
  /// The next `most` that can be made ready within the workspace, the likeliest to be fast first.
  std::vector<Plan> take(std::size_t most);
  /// The one of that name, made ready.
  std::optional<Plan> take(const std::string& name);

 private:
  bool ask_on();
  std::optional<Plan> ready(Engine engine) const;

  PlanRules rules_;
  Descriptor device_;
  ConvGraph graph_;
  std::size_t asked_ = 0;        ///< lists of cuDNN's that were asked for
  std::set<std::string> names_;  ///< of all that were named
  std::vector<Engine> engines_;  ///< those allowed, without repetition
  std::size_t next_ = 0;         ///< those before it were taken
};

}  // namespace cameo::kernels::cudnn
