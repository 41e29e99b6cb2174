// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>

#include "kernels/bf16.h"
#include "kernels/cuda/gemm_spec.h"

namespace cameo::kernels {

/// The product of `s` by its definition, sums in float32 and always in the same order. `bias` as
/// the epilogue says, read or written; nullptr leaves the epilogue out. `add` adds to D and to the
/// bias gradient.
template <class T>
void gemm_loops(const GemmSpec& s, const T* a, const T* b, T* d, T* bias, bool add) {
  const auto at = [](int row, int column, int ld) {
    return static_cast<std::size_t>(row) +
           static_cast<std::size_t>(column) * static_cast<std::size_t>(ld);
  };
  const auto of_b = [&](int l, int j) {
    return to_float(b[s.tb ? at(j, l, s.ldb) : at(l, j, s.ldb)]);
  };
  const auto store = [&](T& to, float sum) { to = from_float<T>(add ? to_float(to) + sum : sum); };
  for (int j = 0; j < s.n; ++j)
    for (int i = 0; d && i < s.m; ++i) {
      float sum = 0;
      for (int l = 0; l < s.k; ++l)
        sum += to_float(a[s.ta ? at(l, i, s.lda) : at(i, l, s.lda)]) * of_b(l, j);
      if (bias && s.epilogue == Epilogue::Bias) sum += to_float(bias[i]);
      store(d[at(i, j, s.ldd)], sum);
    }
  for (int j = 0; bias && s.epilogue == Epilogue::BiasGradient && j < s.n; ++j) {
    float sum = 0;
    for (int l = 0; l < s.k; ++l) sum += of_b(l, j);
    store(bias[j], sum);
  }
}

}  // namespace cameo::kernels
