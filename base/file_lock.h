// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>

namespace cameo {

/// An exclusive lock on a file (flock), which the system releases when its holder ends, however it
/// does. The file is made if it is missing, and stays. Where the file system has no locks every
/// process gets one.
class FileLock {
 public:
  /// Does not wait. Throws Error (ErrorCode::Input) if the file cannot be opened.
  explicit FileLock(const std::filesystem::path& file);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  /// Whether this is the holder; if not, somebody else is.
  bool held() const { return held_; }

 private:
  int file_;
  bool held_;
};

}  // namespace cameo
