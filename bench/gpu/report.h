// SPDX-License-Identifier: MIT
#pragma once
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/gpu/timing.h"
#include "model/net/presets.h"

namespace cameo::bench {

/// What to measure; the defaults take some minutes.
struct Wishes {
  Preset preset;
  std::vector<Precision> precisions{Precision::Bf16, Precision::Tf32, Precision::F32};
  std::vector<int> batches{16, 64, 256};  ///< of each side
  int batch = 64;                         ///< for kernels, products and training from files
  int side = 8192;                        ///< of the matrices that show the ceilings
  int iterations = 400;                   ///< of training from files
  Patience patience;
};

/// Ceilings, kernels, products, training steps, drawing and training from files, for each
/// precision: seconds, B/s and FLOP/s, shares of the ceilings.
nlohmann::ordered_json measure(const Wishes& wishes);

}  // namespace cameo::bench
