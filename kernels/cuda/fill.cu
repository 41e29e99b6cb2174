// SPDX-License-Identifier: MIT
#include "kernels/cuda/fill.h"

#include "kernels/cuda/flat.cuh"

namespace cameo::kernels {

struct Fill {
  static constexpr int kWidth = kWide<float>;
  float* to;
  float value;
  template <int N>
  __device__ void at(std::int64_t i) const {
    Floats<N> v;
    for (int k = 0; k < N; ++k) v.v[k] = value;
    store(to + i, v);
  }
};

void fill(Cuda& on, float* to, float value, std::int64_t count) {
  run_flat(on, Fill{to, value}, count, aligned(to));
}

}  // namespace cameo::kernels
