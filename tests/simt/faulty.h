// SPDX-License-Identifier: MIT
#pragma once
#include <cuda_runtime.h>

// Kernels with a fault each, which the emulator must show.

namespace cameo::test {

constexpr unsigned kFaultyThreads = 64;

/// <= for <: the last thread writes beyond the end.
__global__ inline void write_past_end(float* y, int count) {
  const auto i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i <= count) y[i] = 1;
}

/// 16 bytes from an address that is a multiple of 4 only.
__global__ inline void read_askew(const float* x, uint4* y) {
  y[threadIdx.x] = reinterpret_cast<const uint4*>(x + 1)[threadIdx.x];
}

/// Each thread reads what another one wrote; no barrier stands between.
__global__ inline void reverse_at_once(const float* x, float* y) {
  __shared__ float kept[kFaultyThreads];
  kept[threadIdx.x] = x[threadIdx.x];
  y[threadIdx.x] = kept[kFaultyThreads - 1 - threadIdx.x];
}

/// The same with its barrier.
__global__ inline void reverse(const float* x, float* y) {
  __shared__ float kept[kFaultyThreads];
  kept[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  y[threadIdx.x] = kept[kFaultyThreads - 1 - threadIdx.x];
}

/// Half of the threads wait for the block, the others for their warp.
__global__ inline void wait_apart() {
  if (threadIdx.x % 2 == 0) {
    __syncthreads();
  } else {
    __shfl_xor_sync(0xffffffffU, 1.0F, 1);
  }
}

/// Both halves wait for the block, each at a barrier of its own.
__global__ inline void wait_at_two() {
  if (threadIdx.x % 2 == 0) {
    __syncthreads();
  } else {
    __syncthreads();
  }
}

/// The upper lanes are not in the mask that the lower ones ask.
__global__ inline void ask_outside() {
  if (threadIdx.x < 16) __shfl_xor_sync(0x0000ffffU, 1.0F, 16);
}

}  // namespace cameo::test
