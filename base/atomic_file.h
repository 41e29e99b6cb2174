// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace cameo {

/// A file being written under a temporary name beside its own. commit() syncs it to the disk, gives
/// it its name and syncs the folder: a crash at any moment leaves the old file or the new one,
/// whole. Every failure throws Error (ErrorCode::Input) and leaves what was there before; only
/// where the folder cannot be synced, the new file is in its place already.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path file);
  /// Removes the temporary file unless commit() was called.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  void commit();

 private:
  [[noreturn]] void give_up(const char* what);

  std::filesystem::path file_, temporary_;
  int descriptor_ = -1;
};

}  // namespace cameo
