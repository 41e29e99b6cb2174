// SPDX-License-Identifier: MIT
#include "engine/gpu.h"

namespace cameo {

bool has_gpu_backend() {
  return true;
}

Exec open_gpu(const CudaOptions& options) {
  return Cuda(options);
}

}  // namespace cameo
