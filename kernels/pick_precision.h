// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/device.h"

namespace cameo::kernels {

/// The precision of products to take on this CPU, F32 or Bf16: Bf16 where it is faster by far, by
/// timing a layer of each kind there is, forward and back. F32 without timing where oneDNN has no
/// bfloat16 instructions to use. The choice is noted in `on`, as algorithms are, and the next run
/// finds it in the cache.
Precision pick_precision(Cpu& on);

}  // namespace cameo::kernels
