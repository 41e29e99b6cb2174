// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <tuple>
#include <utility>

#include "runtime_api.h"
#include "simt.h"

// Found in place of CUDA's header of this name where kernels are compiled for the host.

/// Submits a run of the emulated kernel to the stream, the arguments kept by value as CUDA does.
template <class... P, class... A>
// NOLINTNEXTLINE(readability-identifier-naming): CUDA's name
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(P...),
                               A&&... args) {
  constexpr unsigned kMostThreads = 1024, kMostBlocks = 65535;
  const dim3 grid = config->gridDim, block = config->blockDim;
  if (grid.x * block.x == 0 || grid.y > kMostBlocks || grid.z > kMostBlocks ||
      block.x * block.y * block.z > kMostThreads)
    return cudaErrorInvalidConfiguration;
  return standin::submit_kernel(
      config->stream, [grid, block, kernel, kept = std::tuple<P...>(std::forward<A>(args)...)] {
        simt::run(grid, block, [&] { std::apply(kernel, kept); });
      });
}
