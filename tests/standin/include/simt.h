// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>

// CUDA's language for a plain C++ compiler: with this header a .cu file runs on the host, each of
// its threads as a fiber. Blocks run one after another, so one static array is the block's own.
//
// What it cannot show: races that no order of whole threads brings out, weak memory, the speed.
//
// Keywords are macros here, as in CUDA's own headers.
// NOLINTBEGIN(cppcoreguidelines-macro-usage,bugprone-reserved-identifier)
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __shared__ static
#define __launch_bounds__(...)

struct dim3 {
  unsigned x, y, z;
  // NOLINTNEXTLINE(google-explicit-constructor): CUDA's converts, too
  constexpr dim3(unsigned ax = 1, unsigned ay = 1, unsigned az = 1) : x(ax), y(ay), z(az) {}
};
struct uint3 {
  unsigned x, y, z;
};
// May alias: a device reads floats through them, which plain C++ would forbid.
struct alignas(8) [[gnu::may_alias]] uint2 {
  unsigned x, y;
};
struct alignas(16) [[gnu::may_alias]] uint4 {
  unsigned x, y, z, w;
};

namespace simt {

/// A kernel did what no GPU promises to run: threads of a block waiting at different barriers, or
/// lanes shuffling outside of their mask.
class Misuse : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Where the running thread is.
struct Place {
  dim3 grid, block;
  uint3 block_index{}, thread_index{};
};
const Place& here();

/// Runs `thread` once for every thread of the grid, each block with `shared` bytes of dynamic
/// shared memory, all bits set. Throws Misuse.
void run(dim3 grid, dim3 block, const std::function<void()>& thread, std::size_t shared = 0);

/// 0: threads of a block run in order; else in an order drawn from it, anew after every barrier.
/// Asynchronous copies arrive when they are waited for if it is even, else at once.
void set_order(unsigned seed);

/// Threads run since the program began.
std::uint64_t threads_run();

/// Waits for all threads of the block that have not ended; `line` tells barriers apart.
void wait_block(int line);

/// Waits for all 32 lanes of the warp, and calls f once with what each of them gave.
void together(void* given, void (*f)(void* const* given), int line);

/// The block's dynamic shared memory.
unsigned char* dynamic_shared();

/// Begins a copy of 16 bytes, zeros where not `in`; Misuse ends the run if an end is not aligned.
void copy_async(void* to, const void* from, bool in);

/// Waits for the lanes of `mask`; yields what lane (lane ^ flip) gave.
std::uint64_t exchange(unsigned mask, std::uint64_t given, int flip, int line);

}  // namespace simt

// NOLINTBEGIN(readability-identifier-naming): CUDA's names
inline const dim3 &gridDim = simt::here().grid, &blockDim = simt::here().block;
inline const uint3 &blockIdx = simt::here().block_index, &threadIdx = simt::here().thread_index;

inline void __syncthreads(int line = __builtin_LINE()) {
  simt::wait_block(line);
}

template <class T>
T __shfl_xor_sync(unsigned mask, T value, int flip, int line = __builtin_LINE()) {
  static_assert(sizeof(T) <= sizeof(std::uint64_t));
  std::uint64_t bits = 0;
  __builtin_memcpy(&bits, &value, sizeof value);
  bits = simt::exchange(mask, bits, flip, line);
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}
// NOLINTEND(readability-identifier-naming)
// NOLINTEND(cppcoreguidelines-macro-usage,bugprone-reserved-identifier)
