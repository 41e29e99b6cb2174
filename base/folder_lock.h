// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <string>

namespace cameo {

/// Exclusive use of a folder by one process, as long as this object lives: an advisory lock
/// (flock) on a file `.lock` in it, which the system releases when the process dies. Temporary
/// files that dead writers left in the folder are removed.
class FolderLock {
 public:
  /// `user`: what the folder is used for ("training"), told to whoever comes second. Throws Error
  /// (ErrorCode::Input) that names the holder if the folder is locked, or if the lock file cannot
  /// be made. On a file system without locks it succeeds and protects nothing.
  FolderLock(const std::filesystem::path& folder, const std::string& user);
  /// Removes the lock file.
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  bool acquire(const std::filesystem::path& folder);

  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace cameo
