// SPDX-License-Identifier: MIT
#pragma once
#include <functional>
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
  bool steps_only = false;                ///< neither kernels nor products nor training from files
  Patience patience;
  /// Called with each row of training steps, its precision in it, as soon as it is measured.
  std::function<void(const nlohmann::ordered_json&)> on_step = {};
};

/// Ceilings, kernels, products, training steps, drawing and training from files, for each
/// precision: seconds, B/s and FLOP/s, shares of the ceilings.
nlohmann::ordered_json measure(const Wishes& wishes);

}  // namespace cameo::bench
