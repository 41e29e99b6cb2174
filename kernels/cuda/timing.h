// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <functional>
#include <string>

#include "kernels/cuda/context.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// Milliseconds of one run on the device: the median of ten after three that warm up.
float milliseconds(Cuda& on, const std::function<void()>& run);

/// End of the key of whatever is picked by timing: device, precision, determinism, library.
std::string key_tail(Cuda& on, const std::string& library);

/// Memory of `elements` for timing, filled with values that are ordinary in either type.
Memory dummy_input(Cuda& on, std::int64_t elements, DType dtype);

/// Type in memory at a precision.
inline DType storage_dtype(Precision precision) {
  return precision == Precision::Bf16 ? DType::BF16 : DType::F32;
}

}  // namespace cameo::kernels
