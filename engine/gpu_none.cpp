// SPDX-License-Identifier: MIT
#include "engine/gpu.h"
#include "kernels/check.h"

namespace cameo {

bool has_gpu_backend() {
  return false;
}

Exec open_gpu(const CudaOptions&) {
  fail(Fault::Device, "cuda: this program was built without the CUDA backend");
}

}  // namespace cameo
