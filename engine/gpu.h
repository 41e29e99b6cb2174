// SPDX-License-Identifier: MIT
#pragma once
#include "engine/exec.h"
#include "kernels/cuda/context.h"

namespace cameo {

/// Whether this program was built with the CUDA backend.
constexpr bool has_gpu_backend() {
#ifdef CAMEO_HAS_CUDA
  return true;
#else
  return false;
#endif
}

/// Opens a GPU. Throws Error (ErrorCode::Device) saying why if there is no such GPU, or no backend
/// for one.
Exec open_gpu(const CudaOptions& options);

}  // namespace cameo
