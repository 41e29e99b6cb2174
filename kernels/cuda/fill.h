// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

#include "kernels/device.h"

namespace cameo::kernels {

/// Sets `count` floats in device memory to `value`.
void fill(Cuda& on, float* to, float value, std::int64_t count);

}  // namespace cameo::kernels
