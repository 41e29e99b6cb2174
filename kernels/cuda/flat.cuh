// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>

#include "kernels/cuda/launch.h"
#include "kernels/cuda/packed.cuh"

namespace cameo::kernels {

/// Calls op.at<N>(i) for i = 0, N, 2 N, ...; what remains of `count` at the end one by one.
template <int N, class Op>
__global__ void __launch_bounds__(kThreads) each_element(Op op, std::int64_t count) {
  const std::int64_t step = std::int64_t{gridDim.x} * blockDim.x;
  const std::int64_t first = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  const std::int64_t packs = count / N;
  for (std::int64_t i = first; i < packs; i += step) op.template at<N>(i * N);
  if constexpr (N > 1) {
    if (packs * N + first < count) op.template at<1>(packs * N + first);
  }
}

/// Blocks for a multiprocessor: many times what it holds, so that the last round weighs little.
constexpr std::int64_t kManyRounds = 64;
/// As many as it holds, where each block leaves a sum.
constexpr std::int64_t kOneRound = 8;

/// Blocks for `packs` pieces of work, at most `each` for a multiprocessor.
inline unsigned blocks_for(const Cuda& on, std::int64_t packs, std::int64_t each = kOneRound) {
  const std::int64_t wanted = (packs + kThreads - 1) / kThreads;
  return static_cast<unsigned>(std::clamp<std::int64_t>(wanted, 1, on.multiprocessors() * each));
}

/// Runs an elementwise operation on `count` elements. wide: Op::kWidth at a time, for which every
/// pointer must be aligned.
template <class Op>
void run_flat(Cuda& on, const Op& op, std::int64_t count, bool wide) {
  if (count == 0) return;
  if (wide) {
    launch(on, each_element<Op::kWidth, Op>, blocks_for(on, count / Op::kWidth, kManyRounds),
           kThreads, op, count);
  } else {
    launch(on, each_element<1, Op>, blocks_for(on, count, kManyRounds), kThreads, op, count);
  }
}

}  // namespace cameo::kernels
