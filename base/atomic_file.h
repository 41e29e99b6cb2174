// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace cameo {

/// Whether a committed file survives a power failure, or only a crash of the program.
enum class Durability : std::uint8_t {
  Disk,   ///< file and folder are synced
  Cache,  ///< the system writes them when it likes: for many small files that can be made again
};

/// Atomic replacement of a file: bytes go to a temporary file of a unique name beside it, commit()
/// renames that into place. A crash at any moment leaves the old file or the new one, whole, and
/// of several writers at once the last to commit wins. Every failure throws Error
/// (ErrorCode::Input) and leaves what was there before; only where the folder cannot be synced, the
/// new file is in its place already.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path file, Durability durability = Durability::Disk);
  /// Removes the temporary file unless commit() was called.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  void commit();

 private:
  bool create();
  [[noreturn]] void fail_with(const char* what);

  std::filesystem::path file_, temporary_;
  Durability durability_;
  int descriptor_ = -1;
};

/// Removes temporary files in `folder` whose AtomicFile died before it could. Returns how many.
int remove_leftovers(const std::filesystem::path& folder);

}  // namespace cameo
