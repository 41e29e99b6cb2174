// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <memory>
#include <new>

#include <cuda_runtime.h>

// The tests of the kernels on a real GPU: in place of tests/simt/device_memory.h.

namespace cameo::test {

constexpr bool kEmulated = false;

struct FreeDeviceBytes {
  void operator()(std::byte* p) const { cudaFree(p); }
};
using DeviceBytes = std::unique_ptr<std::byte[], FreeDeviceBytes>;

/// Memory for host and device.
inline DeviceBytes device_bytes(std::size_t bytes) {
  void* memory = nullptr;
  if (cudaMallocManaged(&memory, bytes) != cudaSuccess) throw std::bad_alloc();
  return DeviceBytes(static_cast<std::byte*>(memory));
}

/// A GPU runs its threads in whatever order it likes.
inline void set_thread_order(unsigned) {}

}  // namespace cameo::test
