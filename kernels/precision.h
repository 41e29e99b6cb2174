// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

namespace cameo {

/// Precision of matrix products: convolutions and dense layers. Sums are float32 in all of them,
/// and so are the weights that are trained and saved.
enum class Precision : std::uint8_t {
  F32,   ///< float32 throughout, no tensor cores
  Tf32,  ///< float32 in memory, products with 10 bits of mantissa; GPUs only
  /// Products of bfloat16. On a GPU activations, gradients and working weights lie in memory as
  /// such; on a CPU they stay float32 there and are rounded on their way into a product, and a pass
  /// that is faster in float32 stays so.
  Bf16,
};

}  // namespace cameo
