// SPDX-License-Identifier: MIT
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "bench/gpu/timing.h"
#include "model/net/presets.h"

namespace cameo::bench {

/// A piece of work of the training step, with what it must do at least.
struct Case {
  std::string name;
  double flops = 0, bytes = 0;
  std::function<void()> work;
};

/// What is to be measured, by `use`, one case after another: the memory of a case lasts as long as
/// its call.
using Use = std::function<void(const Case&)>;

/// Our own kernels at the sizes of a joint step of `batch` and `batch` faces.
void each_kernel(Cuda& on, const Preset& preset, int batch, const Use& use);

/// The convolutions and dense layers of such a step, each direction by itself.
void each_product(Cuda& on, const Preset& preset, int batch, const Use& use);

/// What the device can do at best: copying memory, and a product of square matrices.
void each_ceiling(Cuda& on, const Use& use, int side = 8192);

}  // namespace cameo::bench
