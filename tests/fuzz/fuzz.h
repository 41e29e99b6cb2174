// SPDX-License-Identifier: MIT
#pragma once
// What the fuzz targets share. Each is a program of libFuzzer: it reads bytes that may be anything,
// and may throw Error but nothing else.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"

namespace cameo::fuzz {

/// Bytes as a file that is in memory only.
class MemoryFile {
 public:
  explicit MemoryFile(std::span<const std::uint8_t> bytes) : file_(::memfd_create("input", 0)) {
    check(file_ >= 0, "memfd_create failed");
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t some = ::write(file_, bytes.data() + done, bytes.size() - done);
      check(some > 0, "cannot write to memory");
      done += static_cast<std::size_t>(some);
    }
  }
  ~MemoryFile() { ::close(file_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

/// Does `act`; an Error is what damaged input is answered by.
template <class Act>
void allow_errors(Act&& act) {
  try {
    act();
  } catch (const Error&) {
  }
}

/// Ends the program, as a finding, unless `ok`.
inline void require(bool ok) {
  if (!ok) __builtin_trap();
}

}  // namespace cameo::fuzz
