// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "kernels/cuda/cudnn_plans.h"
#include "kernels/cuda/narrow_conv.h"

namespace cameo::kernels {

/// How a pass of a convolution is computed: by a plan of cuDNN's, which takes operands brought to
/// its channels (cudnn::padded()), or by our own kernels, which take them as they are.
class ConvAlgorithm {
 public:
  explicit ConvAlgorithm(cudnn::Plan plan) : plan_(std::move(plan)) {}
  explicit ConvAlgorithm(const NarrowConv& own) : own_(own) {}
  /// Nothing if it is the other.
  const cudnn::Plan* plan() const { return plan_ ? &*plan_ : nullptr; }
  const NarrowConv* own() const { return own_ ? &*own_ : nullptr; }
  std::string name() const { return own_ ? NarrowConv::kName : plan_->name(); }
  std::size_t workspace_bytes() const {
    return own_ ? own_->workspace_bytes() : plan_->workspace_bytes();
  }

 private:
  std::optional<cudnn::Plan> plan_;
  std::optional<NarrowConv> own_;
};

/// The algorithm to use for a pass: the one known for it, else the fastest of cuDNN's likeliest
/// plans and our own kernels, else cuDNN's first (in float32 our own). What cuDNN's need before and
/// after them, to bring operands to other channels, counts. Each is run once on random numbers
/// before it is used or noted; one whose result is not the convolution's by samples (conv_check.h)
/// is told to on.on_warning and left out, since plans of cuDNN's that compute something else have
/// been met. Throws Error (ErrorCode::Device) if there is none.
ConvAlgorithm pick_conv_algorithm(Cuda& on, const Conv2dSpec& spec, ConvPass pass,
                                  cudnnContext* handle);

/// Bytes of workspace of the algorithm known for a pass, else the most of those that would be taken
/// without timing and our own. Times nothing.
std::size_t estimate_workspace(Cuda& on, const Conv2dSpec& spec, ConvPass pass);

}  // namespace cameo::kernels
