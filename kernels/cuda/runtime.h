// SPDX-License-Identifier: MIT
#pragma once
#include <cuda_runtime.h>

#include "base/error.h"

namespace cameo {

/// Throws Error (ErrorCode::Device), the parts and what CUDA says of it, unless `status` is a
/// success.
template <class... Parts>
void check_cuda(cudaError_t status, const Parts&... parts) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // else the next call that asks would be blamed for it
  fail(ErrorCode::Device, parts..., ": ", cudaGetErrorString(status));
}

}  // namespace cameo
