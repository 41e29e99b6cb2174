// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "engine/gpu.h"

namespace cameo {

bool has_gpu_backend() {
  return false;
}

Exec open_gpu(const CudaOptions&) {
  fail(ErrorCode::Device, "cuda: this program was built without the CUDA backend");
}

}  // namespace cameo
