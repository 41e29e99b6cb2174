// SPDX-License-Identifier: MIT
#include "base/atomic_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include "base/error.h"

namespace cameo {
namespace {

/// A rename lasts through a crash only once its folder is synced.
bool sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (descriptor < 0) return false;
  // Some file systems cannot sync a folder and say EINVAL; there is nothing more to do on them.
  const bool synced = ::fsync(descriptor) == 0 || errno == EINVAL;
  ::close(descriptor);
  return synced;
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path file) : file_(std::move(file)), temporary_(file_) {
  temporary_ += ".tmp";
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) give_up("cannot create");
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::give_up(const char* what) {
  const int error = errno;
  fail(ErrorCode::Input, file_.string(), ": ", what, ": ", std::strerror(error),
       error == ENOSPC ? "; the old file, if there was one, is untouched" : "");
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) give_up("cannot write");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) give_up("cannot sync");
  if (::rename(temporary_.c_str(), file_.c_str()) != 0) give_up("cannot replace");
  ::close(descriptor_);
  descriptor_ = -1;
  if (!sync_folder(file_.parent_path())) give_up("cannot sync the folder");
}

}  // namespace cameo
