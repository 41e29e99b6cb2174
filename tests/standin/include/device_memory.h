// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <memory>
#include <new>

#include "runtime_api.h"

// How the tests of the kernels see their device, here the emulated one; tests/gpu has another file
// of this name.

namespace cameo::test {

constexpr bool kEmulated = true;

struct FreeDeviceBytes {
  void operator()(std::byte* p) const { cudaFree(p); }
};
using DeviceBytes = std::unique_ptr<std::byte[], FreeDeviceBytes>;

/// Memory for host and device: on the heap and of exactly its size, so that AddressSanitizer sees
/// the first byte beyond it.
inline DeviceBytes device_bytes(std::size_t bytes) {
  void* memory = nullptr;
  if (cudaMallocManaged(&memory, bytes) != cudaSuccess) throw std::bad_alloc();
  return DeviceBytes(static_cast<std::byte*>(memory));
}

/// The order of a block's threads from now on; 0 is their own.
inline void set_thread_order(unsigned seed) {
  simt::set_order(seed);
}

}  // namespace cameo::test
