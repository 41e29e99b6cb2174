// SPDX-License-Identifier: MIT
#include "kernels/system_info.h"

#include <cuda_runtime.h>

#include "base/error.h"
#include "kernels/cuda/devices.h"
#include "kernels/cuda/libraries.h"

namespace cameo {

GpuReport query_gpus() {
  int runtime = 0, driver = 0;
  cudaRuntimeGetVersion(&runtime);
  cudaDriverGetVersion(&driver);
  GpuReport report{.architectures = CAMEO_CUDA_ARCHITECTURES,
                   .driver = driver == 0 ? "" : cuda_version(driver),
                   .libraries = {{"CUDA", cuda_version(runtime), ""},
                                 {"cuDNN", kernels::cudnn_version(), ""},
                                 {"cuBLASLt", kernels::cublas_lt_version(), ""}}};
  try {
    const int count = count_gpus();
    for (int device = 0; device < count; ++device) {
      GpuReport::Gpu gpu;
      cudaDeviceProp properties{};
      std::size_t free = 0, total = 0;
      if (cudaSetDevice(device) != cudaSuccess ||
          cudaGetDeviceProperties(&properties, device) != cudaSuccess ||
          cudaMemGetInfo(&free, &total) != cudaSuccess) {
        cudaGetLastError();
        continue;
      }
      report.gpus.push_back(
          {.device = device,
           .name = properties.name,
           .capability = std::to_string(properties.major) + "." + std::to_string(properties.minor),
           .memory = static_cast<std::int64_t>(total),
           .free_memory = static_cast<std::int64_t>(free)});
    }
  } catch (const Error& error) {
    report.why_none = error.what();
  }
  return report;
}

}  // namespace cameo
