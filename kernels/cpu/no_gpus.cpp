// SPDX-License-Identifier: MIT
// What about.h says of GPUs in a build without the CUDA backend.
#include "kernels/system_info.h"

namespace cameo {

GpuReport query_gpus() {
  return {.why_none = "built without the CUDA backend"};
}

}  // namespace cameo
