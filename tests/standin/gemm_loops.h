// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/bf16.h"
#include "kernels/cuda/gemm_spec.h"

namespace cameo::kernels {

/// The product of `s` by its definition, sums in float32 and always in the same order;
/// as_factor(T) is the float that enters a product. `bias` as the epilogue says, read or written.
/// `add`: adds to D, not to the bias gradient.
template <class T, class F>
void gemm_loops(const GemmSpec& s, const T* a, const T* b, T* d, T* bias, bool add, F as_factor) {
  const auto at = [](int row, int column, int ld) {
    return static_cast<std::size_t>(row) +
           static_cast<std::size_t>(column) * static_cast<std::size_t>(ld);
  };
  const auto of_a = [&](int i, int l) { return a[s.ta ? at(l, i, s.lda) : at(i, l, s.lda)]; };
  const auto of_b = [&](int l, int j) { return b[s.tb ? at(j, l, s.ldb) : at(l, j, s.ldb)]; };
  for (int j = 0; j < s.n; ++j)
    for (int i = 0; i < s.m; ++i) {
      T& to = d[at(i, j, s.ldd)];
      float sum = add ? to_float(to) : 0;
      for (int l = 0; l < s.k; ++l) sum += as_factor(of_a(i, l)) * as_factor(of_b(l, j));
      if (s.epilogue == Epilogue::Bias) sum += to_float(bias[i]);
      to = from_float<T>(sum);
    }
  for (int j = 0; s.epilogue == Epilogue::BiasGradient && j < s.n; ++j) {
    float sum = 0;
    for (int l = 0; l < s.k; ++l) sum += to_float(of_b(l, j));
    bias[j] = from_float<T>(sum);
  }
}

/// A factor as it is stored.
struct AsStored {
  template <class T>
  float operator()(T x) const {
    return to_float(x);
  }
};

/// A factor as tensor cores take a float32: 10 bits of mantissa.
struct AsTf32 {
  template <class T>
  float operator()(T x) const {
    const float value = to_float(x);
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    bits = (bits + 0x1000) & 0xffffe000;
    float rounded = 0;
    std::memcpy(&rounded, &bits, sizeof rounded);
    return rounded;
  }
};

}  // namespace cameo::kernels
