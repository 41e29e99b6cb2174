// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

#include "base/host_device.h"
#include "kernels/adam.h"
#include "kernels/device.h"
#include "kernels/grad_norm.h"
#include "kernels/tensor.h"

// What Muon computes beside its matrix products, which are those of kernels/dense.h.
// Source: Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks".

namespace cameo::kernels {

/// Iterations of Newton and Schulz, and the polynomial p(s) = a s + b s^3 + c s^5 that each applies
/// to the singular values: after them, those between 0.003 and 1 lie between 0.7 and 1.2.
constexpr int kNewtonSchulzSteps = 5;
constexpr float kNewtonSchulzA = 3.4445F, kNewtonSchulzB = -4.7750F, kNewtonSchulzC = 2.0315F;

struct MuonMomentum {
  float m, direction;
};

/// One element of Nesterov's momentum, as torch.optim.Muon defines it: the sum of gradients, and
/// what the step follows.
CAMEO_HD inline MuonMomentum muon_momentum(float m, float g, float momentum) {
  const float sum = momentum * m + g;
  return {sum, g + momentum * sum};
}

/// Element of a I + b A + c A^2.
CAMEO_HD inline float newton_schulz(bool diagonal, float a, float a_squared) {
  return (diagonal ? kNewtonSchulzA : 0.0F) + kNewtonSchulzB * a + kNewtonSchulzC * a_squared;
}

/// Gradient of any type in, direction out (of the same type); m in place.
void muon_momentum(Cpu& on, ConstView g, float* m, View direction, float momentum);
void muon_momentum(Cuda& on, ConstView g, float* m, View direction, float momentum);

/// x / (norm->norm + 1e-7), in place.
void muon_normalize(Cpu& on, const GradNorm* norm, View x);
void muon_normalize(Cuda& on, const GradNorm* norm, View x);

/// p = a I + b A + c A^2 of a square matrix A [s,1,1,s] and its square; p may be a_squared.
void muon_polynomial(Cpu& on, ConstView a, ConstView a_squared, View p);
void muon_polynomial(Cuda& on, ConstView a, ConstView a_squared, View p);

/// Weights of a Muon update, in device memory.
struct MuonWeights {
  float* w;
  Bf16* copy = nullptr;  ///< where not nullptr, the new weights rounded: what a bf16 graph reads
};

/// w -= factor * rate_at(state) * update.
void muon_step(Cpu& on, const AdamState* state, float factor, ConstView update,
               const MuonWeights& to);
void muon_step(Cuda& on, const AdamState* state, float factor, ConstView update,
               const MuonWeights& to);

}  // namespace cameo::kernels
