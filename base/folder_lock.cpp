// SPDX-License-Identifier: MIT
#include "base/folder_lock.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/error.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

/// "training, process 4711 on laptop".
std::string description(const std::string& user) {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return user + ", process " + std::to_string(::getpid()) + " on " + host.data();
}

std::string holder_of(const fs::path& file) {
  std::ifstream in(file);
  std::string text;
  return std::getline(in, text) && !text.empty() ? text : "another process";
}

/// Whether `file` still is what was opened: its last holder may have removed it meanwhile.
bool is_same_file(int descriptor, const fs::path& file) {
  struct stat opened {
  }, named{};
  return ::fstat(descriptor, &opened) == 0 && ::stat(file.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

}  // namespace

FolderLock::FolderLock(const fs::path& folder, const std::string& user) : file_(folder / ".lock") {
  while (!acquire(folder)) {
  }
  const std::string text = description(user) + "\n";
  // A lock whose holder cannot be named is a lock all the same.
  [[maybe_unused]] const bool named =
      ::ftruncate(descriptor_, 0) == 0 &&
      ::write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  remove_leftovers(folder);
}

/// False if the lock file was removed while it was opened.
bool FolderLock::acquire(const fs::path& folder) {
  descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  check(descriptor_ >= 0, ErrorCode::Input, file_.string(),
        ": cannot be made, to lock the folder: ", std::strerror(errno));
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    ::close(descriptor_);
    fail(ErrorCode::Input, folder.string(), ": in use (", holder_of(file_),
         "); wait until that ends or stop it, or name another folder");
  }
  if (is_same_file(descriptor_, file_)) return true;
  ::close(descriptor_);
  return false;
}

FolderLock::~FolderLock() {
  ::unlink(file_.c_str());
  ::close(descriptor_);
}

}  // namespace cameo
