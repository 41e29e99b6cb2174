// SPDX-License-Identifier: MIT
// What about.h says of GPUs in a build without the CUDA backend.
#include "kernels/about.h"

namespace cameo {

GpuReport look_for_gpus() {
  return {.why_none = "built without the CUDA backend"};
}

}  // namespace cameo
