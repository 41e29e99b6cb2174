// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/cuda/flat.cuh"

// Sums over arrays, in an order of their own.

namespace cameo::kernels {

constexpr unsigned kAllLanes = 0xffffffff;
constexpr int kWarp = 32;

/// The sum of v over the block, the same in all of its threads. Before a second call a kernel
/// waits for all threads, which may still read what the first one left.
__device__ inline double block_sum(double v) {
  __shared__ double warps[kThreads / kWarp];
  for (int flip = kWarp / 2; flip > 0; flip /= 2) v += __shfl_xor_sync(kAllLanes, v, flip);
  if (threadIdx.x % kWarp == 0) warps[threadIdx.x / kWarp] = v;
  __syncthreads();
  double sum = 0;
  for (const double warp : warps) sum += warp;
  return sum;
}

/// sums[block] = the sum of op.at<N>(i) for its share of i = 0, N, 2 N, ..., then of the rest. The
/// order depends on nothing but the numbers of blocks and elements.
template <int N, class Op>
__global__ void __launch_bounds__(kThreads) sum_up(Op op, std::int64_t count, double* sums) {
  const std::int64_t step = std::int64_t{gridDim.x} * kThreads;
  const std::int64_t first = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  const std::int64_t packs = count / N;
  double sum = 0;
  for (std::int64_t i = first; i < packs; i += step) sum += op.template at<N>(i * N);
  if constexpr (N > 1) {
    if (packs * N + first < count) sum += op.template at<1>(packs * N + first);
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

/// Writes to `sums` one sum for each block, of op over `count` elements, and returns how many.
/// wide: Op::kWidth at a time, for which every pointer must be aligned.
template <class Op>
int run_sum(Cuda& on, const char* op_name, const Op& op, std::int64_t count, bool wide,
            double* sums) {
  const unsigned blocks = blocks_for(on, wide ? count / Op::kWidth : count);
  check(blocks <= Cuda::kPartials / 2, op_name, ": too many blocks, ", blocks);
  launch(on, wide ? sum_up<Op::kWidth, Op> : sum_up<1, Op>, blocks, kThreads, op, count, sums);
  return static_cast<int>(blocks);
}

}  // namespace cameo::kernels
