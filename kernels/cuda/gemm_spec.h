// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

#include "kernels/dense.h"

namespace cameo::kernels {

/// What a product does beside multiplying.
enum class Epilogue : std::uint8_t {
  None,
  Bias,          ///< adds a vector of m numbers to each column of D
  BiasGradient,  ///< also yields the n sums of op(B) over k
};

/// One product as BLAS knows it, column-major: D [m,n] = op(A) [m,k] op(B) [k,n], where op
/// transposes if ta or tb says so. A leading dimension is the distance between columns as stored.
struct GemmSpec {
  int m = 0, n = 0, k = 0;
  bool ta = false, tb = false;
  int lda = 0, ldb = 0, ldd = 0;
  Epilogue epilogue = Epilogue::None;
};

// A row-major matrix read column-major is its transpose; what a dense layer calls y [n,out] is
// D [out,n] here, and A is the operand that varies along D's columns.

/// A = w, B = x, D = y.
inline GemmSpec gemm_forward(const DenseSpec& s) {
  return {.m = s.out,
          .n = s.n,
          .k = s.in,
          .ta = true,
          .lda = s.in,
          .ldb = s.in,
          .ldd = s.out,
          .epilogue = Epilogue::Bias};
}

/// A = w, B = dy, D = dx.
inline GemmSpec gemm_to_input(const DenseSpec& s) {
  return {.m = s.in, .n = s.n, .k = s.out, .lda = s.in, .ldb = s.out, .ldd = s.in};
}

/// A = x, B = dy, D = dw; the sums of op(B) over k are db.
inline GemmSpec gemm_to_weights(const DenseSpec& s) {
  return {.m = s.in,
          .n = s.out,
          .k = s.n,
          .tb = true,
          .lda = s.in,
          .ldb = s.out,
          .ldd = s.in,
          .epilogue = Epilogue::BiasGradient};
}

}  // namespace cameo::kernels
