// SPDX-License-Identifier: MIT
#include "kernels/muon.h"

#include "kernels/cuda/dispatch_dtype.h"
#include "kernels/cuda/flat.cuh"

namespace cameo::kernels {

template <class T>
struct MuonAccumulate {
  static constexpr int kWidth = kWide<float>;
  const T* g;
  float* m;
  T* direction;
  float momentum;
  template <int N>
  __device__ void at(std::int64_t i) const {
    Floats<N> gradient = load<N>(g + i), sum = load<N>(m + i);
    for (int k = 0; k < N; ++k) {
      const MuonMomentum to = muon_momentum(sum.v[k], gradient.v[k], momentum);
      sum.v[k] = to.m;
      gradient.v[k] = to.direction;
    }
    store(m + i, sum);
    store(direction + i, gradient);
  }
};

template <class T>
struct MuonNormalize {
  static constexpr int kWidth = kWide<T>;
  const GradNorm* norm;
  T* x;
  template <int N>
  __device__ void at(std::int64_t i) const {
    const float by = 1.0F / (norm->norm + 1e-7F);
    Floats<N> v = load<N>(x + i);
    for (int k = 0; k < N; ++k) v.v[k] *= by;
    store(x + i, v);
  }
};

template <class T>
struct MuonPolynomial {
  static constexpr int kWidth = kWide<T>;
  const T *a, *a_squared;
  T* p;
  std::int64_t next_diagonal;  ///< from one element of the diagonal to the next
  template <int N>
  __device__ void at(std::int64_t i) const {
    const Floats<N> first = load<N>(a + i);
    Floats<N> second = load<N>(a_squared + i);
    for (int k = 0; k < N; ++k)
      second.v[k] = newton_schulz((i + k) % next_diagonal == 0, first.v[k], second.v[k]);
    store(p + i, second);
  }
};

template <class T>
struct MuonApply {
  static constexpr int kWidth = kWide<float>;
  const AdamState* state;
  float factor;
  const T* update;
  float* w;
  Bf16* copy;
  template <int N>
  __device__ void at(std::int64_t i) const {
    const float by = factor * static_cast<float>(rate_at(*state));
    const Floats<N> step = load<N>(update + i);
    Floats<N> weight = load<N>(w + i);
    for (int k = 0; k < N; ++k) weight.v[k] -= by * step.v[k];
    store(w + i, weight);
    if (copy != nullptr) store(copy + i, weight);
  }
};

void muon_momentum(Cuda& on, ConstView g, float* m, View direction, float momentum) {
  dispatch_dtype(g.dtype, [&](auto type) {
    using T = decltype(type);
    const MuonAccumulate<T> op{static_cast<const T*>(g.data), m, static_cast<T*>(direction.data),
                               momentum};
    run_flat(on, op, g.shape.size(), aligned(op.g, op.m, op.direction));
  });
}

void muon_normalize(Cuda& on, const GradNorm* norm, View x) {
  dispatch_dtype(x.dtype, [&](auto type) {
    using T = decltype(type);
    run_flat(on, MuonNormalize<T>{norm, static_cast<T*>(x.data)}, x.shape.size(), aligned(x.data));
  });
}

void muon_polynomial(Cuda& on, ConstView a, ConstView a_squared, View p) {
  dispatch_dtype(a.dtype, [&](auto type) {
    using T = decltype(type);
    const MuonPolynomial<T> op{static_cast<const T*>(a.data), static_cast<const T*>(a_squared.data),
                               static_cast<T*>(p.data), a.shape.n + std::int64_t{1}};
    run_flat(on, op, a.shape.size(), aligned(op.a, op.a_squared, op.p));
  });
}

void muon_step(Cuda& on, const AdamState* state, float factor, ConstView update,
               const MuonWeights& to) {
  dispatch_dtype(update.dtype, [&](auto type) {
    using T = decltype(type);
    const MuonApply<T> op{state, factor, static_cast<const T*>(update.data), to.w, to.copy};
    run_flat(on, op, update.shape.size(), aligned(op.update, op.w, op.copy));
  });
}

}  // namespace cameo::kernels
