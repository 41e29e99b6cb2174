// SPDX-License-Identifier: MIT
#include "kernels/muon.h"

#include "base/error.h"
#include "kernels/cpu/loops.h"

namespace cameo::kernels {
namespace {

CAMEO_SIMD void add_momentum(const float* g, float* m, float* direction, float momentum,
                             std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const MuonMomentum to = muon_momentum(m[i], g[i], momentum);
    m[i] = to.m;
    direction[i] = to.direction;
  }
}

CAMEO_SIMD void multiply(float* x, float by, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) x[i] *= by;
}

CAMEO_SIMD void polynomial_row(const float* a, const float* a_squared, float* p, int count) {
  for (int i = 0; i < count; ++i) p[i] = newton_schulz(false, a[i], a_squared[i]);
}

CAMEO_SIMD void subtract(const float* update, float by, float* w, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) w[i] -= by * update[i];
}

}  // namespace

void muon_momentum(Cpu&, ConstView g, float* m, View direction, float momentum) {
  parallel_stretches(g.shape.size(), kGrain, [&](auto begin, auto end) {
    add_momentum(g.f32() + begin, m + begin, direction.f32() + begin, momentum, end - begin);
  });
}

void muon_normalize(Cpu&, const GradNorm* norm, View x) {
  const float by = 1.0F / (norm->norm + 1e-7F);
  parallel_stretches(x.shape.size(), kGrain,
                     [&](auto begin, auto end) { multiply(x.f32() + begin, by, end - begin); });
}

void muon_polynomial(Cpu&, ConstView a, ConstView a_squared, View p) {
  const int side = a.shape.n;
  parallel_stretches(side, rows_of_grain(side), [&](auto begin, auto end) {
    for (auto row = begin; row < end; ++row) {
      const std::int64_t at = row * side, diagonal = at + row;
      const float on_diagonal = newton_schulz(true, a.f32()[diagonal], a_squared.f32()[diagonal]);
      polynomial_row(a.f32() + at, a_squared.f32() + at, p.f32() + at, side);
      p.f32()[diagonal] = on_diagonal;
    }
  });
}

void muon_step(Cpu&, const AdamState* state, float factor, ConstView update,
               const MuonWeights& to) {
  check(to.copy == nullptr, "muon_step: bfloat16 weights are for GPUs");
  const float by = factor * static_cast<float>(rate_at(*state));
  parallel_stretches(update.shape.size(), kGrain, [&](auto begin, auto end) {
    subtract(update.f32() + begin, by, to.w + begin, end - begin);
  });
}

}  // namespace cameo::kernels
