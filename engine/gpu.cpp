// SPDX-License-Identifier: MIT
#include "engine/gpu.h"

#include "base/error.h"

namespace cameo {

Exec open_gpu([[maybe_unused]] const CudaOptions& options) {
#ifdef CAMEO_HAS_CUDA
  return Cuda(options);
#else
  fail(ErrorCode::Device, "cuda: this program was built without the CUDA backend");
#endif
}

}  // namespace cameo
