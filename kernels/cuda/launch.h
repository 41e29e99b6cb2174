// SPDX-License-Identifier: MIT
#pragma once
#include <cuda_runtime.h>

#include "kernels/cuda/context.h"
#include "kernels/cuda/runtime.h"

namespace cameo::kernels {

/// Puts a run of `kernel` on the context's stream. Throws Error (ErrorCode::Device) if CUDA refuses
/// it; what fails while it runs shows at the next wait.
template <class... P, class... A>
void launch(Cuda& on, void (*kernel)(P...), dim3 grid, dim3 block, A&&... args) {
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.stream = on.stream();
  check_cuda(cudaLaunchKernelEx(&config, kernel, static_cast<P>(args)...), "cuda: a kernel of ",
             grid.x, "x", grid.y, "x", grid.z, " blocks of ", block.x, "x", block.y, "x", block.z,
             " threads was refused");
}

/// The same with `shared` bytes of dynamic shared memory, up to what a multiprocessor has.
template <class... P, class... A>
void launch_shared(Cuda& on, void (*kernel)(P...), dim3 grid, dim3 block, std::size_t shared,
                   A&&... args) {
  check_cuda(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                  static_cast<int>(shared)),
             "cuda: ", shared, " bytes of shared memory were refused");
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = shared;
  config.stream = on.stream();
  check_cuda(cudaLaunchKernelEx(&config, kernel, static_cast<P>(args)...), "cuda: a kernel of ",
             grid.x, " blocks of ", block.x, " threads with ", shared,
             " bytes of shared memory was refused");
}

}  // namespace cameo::kernels
