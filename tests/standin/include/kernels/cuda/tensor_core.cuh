// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/bf16.h"
#include "simt.h"
#include "tests/standin/simt_copies.h"

// kernels/cuda/tensor_core.cuh on the host.

namespace cameo::kernels {

inline unsigned char* dynamic_shared() {
  return simt::dynamic_shared();
}

inline float as_float(unsigned bits) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// What a lane brings to a product, and takes from it.
struct MmaLane {
  float* d;
  const unsigned* a;
  unsigned b[2];
};

/// The product of a warp from what its 32 lanes hold. kPerWord: numbers in a word.
template <int kPerWord>
void multiply(void* const* given) {
  constexpr int kWords = 8, kRows = 16, kColumns = 8;
  const auto lane = [&](int i) -> const MmaLane& { return *static_cast<const MmaLane*>(given[i]); };
  const auto number = [](unsigned word, int k) {
    if constexpr (kPerWord == 2)
      return to_float(Bf16{static_cast<std::uint16_t>(word >> (16 * k))});
    else
      return as_float(word & ~0x1fffU);  // what the tensor core looks at
  };
  float a[kRows][kWords * kPerWord], b[kColumns][kWords * kPerWord];
  for (int word = 0; word < kWords; ++word)
    for (int k = 0; k < kPerWord; ++k) {
      for (int row = 0; row < kRows; ++row)
        a[row][word * kPerWord + k] =
            number(lane(row % 8 * 4 + word % 4).a[row / 8 + word / 4 * 2], k);
      for (int column = 0; column < kColumns; ++column)
        b[column][word * kPerWord + k] = number(lane(column * 4 + word % 4).b[word / 4], k);
    }
  for (int row = 0; row < kRows; ++row)
    for (int column = 0; column < kColumns; ++column) {
      float& d = lane(row % 8 * 4 + column / 2).d[row / 8 * 2 + column % 2];
      for (int k = 0; k < kWords * kPerWord; ++k) d += a[row][k] * b[column][k];
    }
}

inline void mma_bf16(float (&d)[4], const unsigned (&a)[4], unsigned b0, unsigned b1,
                     int line = __builtin_LINE()) {
  MmaLane lane{d, a, {b0, b1}};
  simt::together(&lane, multiply<2>, line);
}

inline void mma_tf32(float (&d)[4], const unsigned (&a)[4], unsigned b0, unsigned b1,
                     int line = __builtin_LINE()) {
  MmaLane lane{d, a, {b0, b1}};
  simt::together(&lane, multiply<1>, line);
}

inline unsigned to_tf32(float x) {
  unsigned bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  return (bits & 0x7f800000U) == 0x7f800000U ? bits : (bits + 0x1000U) & ~0x1fffU;
}

inline void copy_async(void* to, const void* from, bool in) {
  simt::copy_async(to, from, in);
}

inline void commit_copies() {
  simt::copies().commit();
}

template <int kLeft>
void wait_copies() {
  simt::copies().wait(kLeft);
}

}  // namespace cameo::kernels
