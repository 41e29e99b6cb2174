// SPDX-License-Identifier: MIT
#pragma once
#include <cuda_runtime.h>

// PTX that CUDA's language has no words for: products of small matrices by a warp (mma.sync),
// copies from global to shared memory that a thread does not wait for (cp.async), and shared memory
// whose size the launch says. tests/standin has a file of this name for the emulator.

namespace cameo::kernels {

/// The block's shared memory, of as many bytes as the launch asked for; aligned to 16 bytes.
__device__ inline unsigned char* dynamic_shared() {
  extern __shared__ __align__(16) unsigned char memory[];
  return memory;
}

/// d += a b for all lanes of a warp together: a 16 x 16, b 16 x 8, d 16 x 8. A word holds two
/// bfloat16 neighbours in the dimension of 16 that is summed over. Lane 4 g + q holds, with the
/// words of that dimension counted from 0 to 7: of a, (row g, word q), (g + 8, q), (g, q + 4),
/// (g + 8, q + 4); of b, (word q, column g), (q + 4, g); of d, (row g, columns 2 q and 2 q + 1),
/// (g + 8, the same).
__device__ inline void mma_bf16(float (&d)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
      "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

/// The same for TF32, where a word is one number: a 16 x 8, b 8 x 8.
__device__ inline void mma_tf32(float (&d)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
      "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

/// The bits of x rounded to TF32, 10 bits of mantissa, ties away from zero.
__device__ inline unsigned to_tf32(float x) {
  unsigned bits = 0;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
  return bits;
}

__device__ inline float as_float(unsigned bits) {
  return __uint_as_float(bits);
}

/// Begins to copy 16 bytes from global to shared memory, or to write zeros there where not `in`.
/// Both must be aligned; `from` is not read where not `in`.
__device__ inline void copy_async(void* to, const void* from, bool in) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(
                   static_cast<unsigned>(__cvta_generic_to_shared(to))),
               "l"(from), "r"(in ? 16 : 0)
               : "memory");
}

/// Makes a group of the copies that this thread has begun since the last one.
__device__ inline void commit_copies() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}

/// Waits until all groups of this thread but the last kLeft have arrived. A barrier must follow
/// before other threads look.
template <int kLeft>
__device__ inline void wait_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kLeft) : "memory");
}

}  // namespace cameo::kernels
