// SPDX-License-Identifier: MIT
#pragma once
#include <functional>
#include <string>

#include "bench/gpu/timing.h"

namespace cameo::bench {

/// A pass of a layer next to an image, by cuDNN's fastest plan with the padding that it needs, and
/// by our own kernels.
struct NarrowRow {
  std::string preset, layer, precision, pass;
  double cudnn_seconds = 0, own_seconds = 0;  ///< 0 where there is none of our own
  double bytes = 0;                           ///< that must be read or written
  std::string chosen;                         ///< the algorithm that timing chose
};

/// Calls `tell` with each pass of each preset's layers of up to 12 channels on one side, of a joint
/// training step on 64 and 64 faces of 64 pixels or 16 and 16 larger ones, as soon as it is
/// measured.
void measure_narrow(Patience patience, const std::function<void(const NarrowRow&)>& tell);

}  // namespace cameo::bench
