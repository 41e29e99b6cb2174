// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <memory>
#include <new>

#include "simt.h"

// How the tests of the kernels see their device, here the emulated one; tests/gpu has another file
// of this name.

namespace cameo::test {

constexpr std::align_val_t kDeviceAlign{256};  // as device memory

struct FreeDeviceBytes {
  void operator()(std::byte* p) const { operator delete[](p, kDeviceAlign); }
};
using DeviceBytes = std::unique_ptr<std::byte[], FreeDeviceBytes>;

/// Memory for host and device: on the heap and of exactly its size, so that AddressSanitizer sees
/// the first byte beyond it.
inline DeviceBytes device_bytes(std::size_t bytes) {
  return DeviceBytes(new (kDeviceAlign) std::byte[bytes]);
}

/// The order of a block's threads from now on; 0 is their own.
inline void set_thread_order(unsigned seed) {
  simt::set_order(seed);
}

}  // namespace cameo::test
