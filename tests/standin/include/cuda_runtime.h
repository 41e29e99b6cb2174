// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <tuple>
#include <type_traits>
#include <utility>

#include "runtime_api.h"
#include "simt.h"

// Found in place of CUDA's header of this name where kernels are compiled for the host.

namespace standin {

/// Whether an argument of a kernel is, or holds, a pointer to memory that the runtime did not hand
/// out.
template <class T>
bool reaches_host(T argument) {
  if constexpr (std::is_pointer_v<T>) {
    return argument != nullptr && !is_handed_out(argument);
  } else {
    static_assert(std::is_trivially_copyable_v<T>, "CUDA copies arguments byte by byte");
#if __has_builtin(__builtin_clear_padding)  // GCC's; padding keeps what lay on the stack, pointers
                                            // too
    __builtin_clear_padding(&argument);
#else
    return false;
#endif
    const auto* const bytes = reinterpret_cast<const std::byte*>(&argument);
    for (std::size_t at = 0; at + sizeof(std::uintptr_t) <= sizeof(T); at += alignof(void*)) {
      std::uintptr_t word = 0;
      std::memcpy(&word, bytes + at, sizeof word);
      if (is_host_memory(word)) return true;
    }
    return false;
  }
}

}  // namespace standin

/// Submits a run of the emulated kernel to the stream, the arguments kept by value as CUDA does.
template <class... P, class... A>
// NOLINTNEXTLINE(readability-identifier-naming): CUDA's name
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(P...),
                               A&&... args) {
  constexpr unsigned kMostThreads = 1024, kMostBlocks = 65535;
  constexpr std::size_t kGrantedShared = std::size_t{48} << 10;  // without asking for more
  const dim3 grid = config->gridDim, block = config->blockDim;
  if (grid.x * block.x == 0 || grid.y > kMostBlocks || grid.z > kMostBlocks ||
      block.x * block.y * block.z > kMostThreads)
    return cudaErrorInvalidConfiguration;
  const std::size_t shared = config->dynamicSmemBytes;
  if (shared > kGrantedShared && shared > standin::shared_limit(reinterpret_cast<void*>(kernel)))
    return cudaErrorInvalidValue;
  const std::tuple<P...> kept(std::forward<A>(args)...);
  if (std::apply([](const auto&... one) { return (standin::reaches_host(one) || ...); }, kept))
    return cudaErrorIllegalAddress;
  return standin::submit_kernel(config->stream, [grid, block, shared, kernel, kept] {
    simt::run(
        grid, block, [&] { std::apply(kernel, kept); }, shared);
  });
}

template <class... P>
// NOLINTNEXTLINE(readability-identifier-naming): CUDA's name
cudaError_t cudaFuncSetAttribute(void (*kernel)(P...), cudaFuncAttribute, int bytes) {
  constexpr int kMost = 227 << 10;  // of an H100's multiprocessor, for one block
  if (bytes < 0 || bytes > kMost) return cudaErrorInvalidValue;
  standin::shared_limit(reinterpret_cast<void*>(kernel)) = static_cast<std::size_t>(bytes);
  return cudaSuccess;
}
