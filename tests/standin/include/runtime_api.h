// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <functional>

#include "simt.h"

// NOLINTBEGIN(readability-identifier-naming): CUDA's names
struct CUstream_st;
using cudaStream_t = CUstream_st*;
enum cudaError_t { cudaSuccess = 0, cudaErrorInvalidConfiguration = 9 };

struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  std::size_t dynamicSmemBytes = 0;
  cudaStream_t stream = nullptr;
};

inline const char* cudaGetErrorString(cudaError_t error) {
  return error == cudaSuccess ? "no error" : "invalid configuration argument";
}
// NOLINTEND(readability-identifier-naming)

namespace standin {

inline void submit(cudaStream_t, const std::function<void()>& work) {
  work();
}

}  // namespace standin
