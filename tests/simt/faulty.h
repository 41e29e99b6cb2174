// SPDX-License-Identifier: MIT
#pragma once
#include <cuda_runtime.h>

#include "kernels/cuda/tensor_core.cuh"

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

/// Copies 16 bytes for each thread through shared memory; `wait`: for their arrival.
__global__ inline void copy_through(const float* x, float* y, bool wait) {
  constexpr int kEach = 4;
  const int at = static_cast<int>(threadIdx.x) * kEach;
  auto* const kept = reinterpret_cast<float*>(kernels::dynamic_shared());
  kernels::copy_async(kept + at, x + at, true);
  kernels::commit_copies();
  if (wait) kernels::wait_copies<0>();
  for (int i = 0; i < kEach; ++i) y[at + i] = kept[at + i];
}

/// An asynchronous copy from an address that is a multiple of 4 only.
__global__ inline void copy_askew(const float* x) {
  kernels::copy_async(kernels::dynamic_shared(), x + 1, true);
}

/// The last lane does not come to the product.
__global__ inline void multiply_apart() {
  const unsigned a[4] = {};
  float d[4] = {};
  if (threadIdx.x != 31) kernels::mma_bf16(d, a, 0, 0);
}

}  // namespace cameo::test
