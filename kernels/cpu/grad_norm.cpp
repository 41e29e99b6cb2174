// SPDX-License-Identifier: MIT
#include "kernels/grad_norm.h"

#include "base/error.h"
#include "kernels/cpu/loops.h"
#include "kernels/cpu/sum.h"

namespace cameo::kernels {
namespace {

float* floats(const GradBlock& block) {
  check(block.dtype == DType::F32, "grad_norm: bfloat16 gradients are for GPUs");
  return static_cast<float*>(block.data);
}

}  // namespace

void grad_norm_add(Cpu&, GradNorm* norm, const GradBlock& block) {
  const float* g = floats(block);
  norm->squares += ordered_sum(block.count, [g](std::int64_t i) { return double{g[i]} * g[i]; });
}

void grad_norm_finish(Cpu&, GradNorm* norm, float limit) {
  finish_norm(norm, limit);
}

void grad_scale(Cpu&, const GradNorm* norm, const GradBlock& block) {
  float* const g = floats(block);
  const float scale = norm->scale;
  parallel_stretches(block.count, kGrain, [&](auto begin, auto end) {
    for (auto i = begin; i < end; ++i) g[i] = clipped(g[i], scale);
  });
}

}  // namespace cameo::kernels
