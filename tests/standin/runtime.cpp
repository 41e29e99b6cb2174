// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tests/standin/device_state.h"

using standin::device;
using standin::Device;
using standin::said;
using standin::work_off;

namespace {

constexpr std::size_t kAlign = 256;  // what cudaMalloc promises

std::size_t round_up(std::size_t bytes, std::size_t to) {
  return (bytes + to - 1) / to * to;
}

std::size_t size_of(const std::pair<standin::Block, std::size_t>& block) {
  return block.second;
}

std::size_t size_of(std::size_t bytes) {
  return bytes;
}

/// Whether all of the bytes lie in one of the allocations.
template <class Allocations>
bool lies_in(const Allocations& all, const void* at, std::size_t bytes) {
  const auto* const first = static_cast<const std::byte*>(at);
  auto after = all.upper_bound(first);
  if (after == all.begin()) return false;
  const auto& [start, allocation] = *--after;
  return first + bytes <= start + size_of(allocation);
}

bool is_on_device(const void* at, std::size_t bytes) {
  return lies_in(device().memory, at, bytes) || lies_in(device().managed, at, bytes);
}

bool touches_device(const void* at, std::size_t bytes) {
  const auto* const first = static_cast<const std::byte*>(at);
  return std::any_of(device().memory.begin(), device().memory.end(), [&](const auto& entry) {
    return first < entry.first + entry.second.second && entry.first < first + bytes;
  });
}

}  // namespace

namespace standin {

namespace {
thread_local Device* own_device = nullptr;
}

Device& device() {
  static Device the_device;
  return own_device != nullptr ? *own_device : the_device;
}

OwnDevice::OwnDevice() : before_(std::exchange(own_device, &own_)) {}

OwnDevice::~OwnDevice() {
  own_device = before_;
}

cudaError_t said(cudaError_t error) {
  if (error != cudaSuccess) device().last = error;
  return error;
}

Machine& machine() {
  return device().machine;
}

bool is_handed_out(const void* at) {
  return is_on_device(at, 0) || lies_in(device().pinned, at, 0);
}

bool is_device_memory(const void* at, std::size_t bytes) {
  return is_on_device(at, bytes);
}

bool is_host_memory(std::uintptr_t word) {
  // Below lie small numbers, pairs of them, and what AddressSanitizer keeps for itself; programs
  // and libraries, heap and stacks lie above.
  constexpr std::uintptr_t kLowest = std::uintptr_t{1} << 44;
  constexpr std::uintptr_t kEnd = std::uintptr_t{1} << 47;
  if (word < kLowest || word >= kEnd) return false;
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  // NOLINTBEGIN(performance-no-int-to-ptr): a word of a kernel's arguments that may be an address.
  // msync() fails on what is not mapped.
  const bool mapped = msync(reinterpret_cast<void*>(word / page * page), 1, MS_ASYNC) == 0;
  return mapped && !is_handed_out(reinterpret_cast<const void*>(word));
  // NOLINTEND(performance-no-int-to-ptr)
}

}  // namespace standin

// NOLINTBEGIN(readability-identifier-naming): CUDA's names
const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return "no error";
    case cudaErrorInvalidValue:
      return "invalid argument";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorInvalidConfiguration:
      return "invalid configuration argument";
    case cudaErrorInsufficientDriver:
      return "CUDA driver version is insufficient for CUDA runtime version";
    case cudaErrorNoDevice:
      return "no CUDA-capable device is detected";
    case cudaErrorInvalidDevice:
      return "invalid device ordinal";
    case cudaErrorIllegalAddress:
      return "an illegal memory access was encountered";
    case cudaErrorStreamCaptureUnsupported:
      return "operation not permitted when stream is capturing";
    case cudaErrorStreamCaptureUnjoined:
      return "capturing stream has unjoined work";
  }
  return "unknown error";
}

cudaError_t cudaGetLastError() {
  return std::exchange(device().last, cudaSuccess);
}

cudaError_t cudaDriverGetVersion(int* version) {
  *version = standin::machine().driver;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = 13000;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  int runtime = 0;
  cudaRuntimeGetVersion(&runtime);
  if (standin::machine().driver < runtime) return said(cudaErrorInsufficientDriver);
  *count = standin::machine().devices;
  return *count > 0 ? cudaSuccess : said(cudaErrorNoDevice);
}

cudaError_t cudaSetDevice(int number) {
  const bool there = number >= 0 && number < standin::machine().devices;
  return there ? cudaSuccess : said(cudaErrorInvalidDevice);
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int) {
  constexpr int kMultiprocessors = 3, kMajor = 9;
  *value = attribute == cudaDevAttrMultiProcessorCount      ? kMultiprocessors
           : attribute == cudaDevAttrComputeCapabilityMajor ? kMajor
                                                            : 0;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int number) {
  if (number >= device().machine.devices) return said(cudaErrorInvalidDevice);
  std::strcpy(properties->name, "Stand-in");
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  *total = standin::machine().memory;
  *free = *total - std::min(*total, device().used);
  return cudaSuccess;
}

cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
  Device& d = device();
  if (d.capture != nullptr) return said(cudaErrorStreamCaptureUnsupported);
  if (bytes > d.machine.memory - std::min(d.machine.memory, d.used))
    return said(cudaErrorMemoryAllocation);
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t kept = round_up(bytes, kAlign), open = round_up(kept, page);
  void* const pages =
      mmap(nullptr, open + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return said(cudaErrorMemoryAllocation);
  auto* const first = static_cast<std::byte*>(pages);
  constexpr int kRubbish = 0xA5;  // what lies in fresh device memory is anybody's guess
  std::memset(first, kRubbish, open);
  mprotect(first, open + page, PROT_NONE);
  std::byte* const start = first + open - kept;
  d.memory[start] = {{first, open}, bytes};
  d.used += bytes;
  *memory = start;
  return cudaSuccess;
}

/// From the heap and of exactly its size, so that AddressSanitizer sees the first byte beyond it.
cudaError_t cudaMallocManaged(void** memory, std::size_t bytes, unsigned) {
  if (device().capture != nullptr) return said(cudaErrorStreamCaptureUnsupported);
  *memory = ::operator new (bytes, std::align_val_t{kAlign});
  device().managed[static_cast<std::byte*>(*memory)] = bytes;
  return cudaSuccess;
}

cudaError_t cudaFree(void* memory) {
  if (memory == nullptr) return cudaSuccess;
  Device& d = device();
  if (d.capture != nullptr) return said(cudaErrorStreamCaptureUnsupported);
  work_off();
  if (d.managed.erase(static_cast<std::byte*>(memory)) > 0) {
    ::operator delete (memory, std::align_val_t{kAlign});
    return cudaSuccess;
  }
  const auto at = d.memory.find(static_cast<std::byte*>(memory));
  if (at == d.memory.end()) return said(cudaErrorInvalidValue);
  const auto [block, bytes] = at->second;
  munmap(block.pages, block.bytes + static_cast<std::size_t>(sysconf(_SC_PAGESIZE)));
  d.used -= bytes;
  d.memory.erase(at);
  return cudaSuccess;
}

cudaError_t cudaMallocHost(void** memory, std::size_t bytes) {
  *memory = ::operator new(bytes);
  device().pinned[static_cast<std::byte*>(*memory)] = bytes;
  return cudaSuccess;
}

cudaError_t cudaFreeHost(void* memory) {
  work_off();
  device().pinned.erase(static_cast<std::byte*>(memory));
  ::operator delete(memory);
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* to, int byte, std::size_t bytes, cudaStream_t stream) {
  if (!is_on_device(to, bytes)) return said(cudaErrorInvalidValue);
  return standin::submit(stream, [=] { std::memset(to, byte, bytes); });
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  if (kind == cudaMemcpyDeviceToDevice) {
    if (!is_on_device(to, bytes) || !is_on_device(from, bytes)) return said(cudaErrorInvalidValue);
    return standin::submit(stream, [=] { std::memcpy(to, from, bytes); });
  }
  const bool in = kind == cudaMemcpyHostToDevice;
  const void* const there = in ? to : from;
  const void* const here = in ? from : to;
  if (!is_on_device(there, bytes) || touches_device(here, bytes))
    return said(cudaErrorInvalidValue);
  return standin::submit(stream, [=] { std::memcpy(to, from, bytes); });
}

// NOLINTEND(readability-identifier-naming)
