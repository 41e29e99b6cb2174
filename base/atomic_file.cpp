// SPDX-License-Identifier: MIT
#include "base/atomic_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = ".tmp";

/// A rename lasts through a crash only once its folder is synced.
bool sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (descriptor < 0) return false;
  // Some file systems cannot sync a folder and say EINVAL; there is nothing more to do on them.
  const bool synced = ::fsync(descriptor) == 0 || errno == EINVAL;
  ::close(descriptor);
  return synced;
}

/// Whether an AtomicFile gave the file this name: ".NAME.tmpPID-N".
bool is_temporary(std::string_view name) {
  const std::size_t mark = name.rfind(kMark);
  if (!name.starts_with('.') || mark == std::string_view::npos || mark < 2) return false;
  name.remove_prefix(mark + kMark.size());
  const std::size_t dash = name.find('-');
  const auto is_number = [](std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return dash != std::string_view::npos && is_number(name.substr(0, dash)) &&
         is_number(name.substr(dash + 1));
}

}  // namespace

AtomicFile::AtomicFile(fs::path file, Durability durability)
    : file_(std::move(file)), durability_(durability) {
  while (!create()) {
  }
}

/// False if another writer or remove_leftovers() was quicker: then another name is tried.
bool AtomicFile::create() {
  temporary_ = temporary_beside(file_, kMark, /*extension=*/"");
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0 && errno == EEXIST) return false;
  if (descriptor_ < 0) fail_with("cannot create");
  // The lock tells remove_leftovers() that the writer lives; it ends with the process.
  struct stat status {};
  ::flock(descriptor_, LOCK_EX);
  if (::fstat(descriptor_, &status) == 0 && status.st_nlink > 0) return true;
  ::close(descriptor_);
  return false;
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::unlink(temporary_.c_str());
  ::close(descriptor_);
}

void AtomicFile::fail_with(const char* what) {
  const int error = errno;
  // The destructor does not run where the constructor throws; elsewhere it does this once more.
  if (descriptor_ >= 0) ::unlink(temporary_.c_str());
  fail(ErrorCode::Input, file_.string(), ": ", what, ": ", std::strerror(error),
       error == ENOSPC ? "; the old file, if there was one, is untouched" : "");
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_with("cannot write");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void AtomicFile::commit() {
  const bool durable = durability_ == Durability::Disk;
  if (durable && ::fsync(descriptor_) != 0) fail_with("cannot sync");
  if (::rename(temporary_.c_str(), file_.c_str()) != 0) fail_with("cannot replace");
  const int closed = ::close(std::exchange(descriptor_, -1));
  if (closed != 0 && errno != EINTR) fail_with("cannot close");
  if (durable && !sync_folder(file_.parent_path())) fail_with("cannot sync the folder");
}

int remove_leftovers(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    if (is_temporary(entries->path().filename().string())) found.push_back(entries->path());
  }
  int removed = 0;
  for (const fs::path& file : found) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) continue;
    const bool dead = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    if (dead && ::unlink(file.c_str()) == 0) ++removed;
    ::close(descriptor);
  }
  return removed;
}

}  // namespace cameo
