// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <cstring>

#include <cuda_runtime.h>

#include "kernels/bf16.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// Threads of a block, in all kernels but a few.
constexpr int kThreads = 256;

/// Elements of T in 16 bytes, which is the widest access of a thread.
template <class T>
constexpr int kWide = 16 / static_cast<int>(sizeof(T));

/// What one thread holds of a tensor: N neighbours, whatever their type in memory.
template <int N>
struct Floats {
  float v[N];
};

/// N neighbours: one by one where N is 1, else in accesses of 16 bytes (8 where there are no more);
/// then `from` must be aligned to that.
template <int N, class T>
__device__ inline Floats<N> load(const T* from) {
  T kept[N];
  if constexpr (N == 1) {
    kept[0] = *from;
  } else if constexpr (sizeof kept == sizeof(uint2)) {
    const uint2 raw = *reinterpret_cast<const uint2*>(from);
    memcpy(kept, &raw, sizeof raw);
  } else {
    for (int k = 0; k < N / kWide<T>; ++k) {
      const uint4 raw = reinterpret_cast<const uint4*>(from)[k];
      memcpy(kept + k * kWide<T>, &raw, sizeof raw);
    }
  }
  Floats<N> to;
  for (int k = 0; k < N; ++k) to.v[k] = to_float(kept[k]);
  return to;
}

/// Writes them in the same way, rounded to T.
template <int N, class T>
__device__ inline void store(T* to, const Floats<N>& from) {
  T kept[N];
  for (int k = 0; k < N; ++k) kept[k] = from_float<T>(from.v[k]);
  if constexpr (N == 1) {
    *to = kept[0];
  } else if constexpr (sizeof kept == sizeof(uint2)) {
    uint2 raw;
    memcpy(&raw, kept, sizeof raw);
    *reinterpret_cast<uint2*>(to) = raw;
  } else {
    for (int k = 0; k < N / kWide<T>; ++k) {
      uint4 raw;
      memcpy(&raw, kept + k * kWide<T>, sizeof raw);
      reinterpret_cast<uint4*>(to)[k] = raw;
    }
  }
}

/// Writes a piece of a gradient, or adds it to what is there.
template <int N, class T>
__device__ inline void put(T* to, Floats<N> g, bool add) {
  if (add) {
    const Floats<N> there = load<N>(to);
    for (int k = 0; k < N; ++k) g.v[k] += there.v[k];
  }
  store(to, g);
}

/// Whether all of them may be read 16 bytes at a time.
template <class... Pointers>
bool aligned(const Pointers*... pointers) {
  return ((reinterpret_cast<std::uintptr_t>(pointers) % 16 == 0) && ...);
}

}  // namespace cameo::kernels
