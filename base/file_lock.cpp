// SPDX-License-Identifier: MIT
#include "base/file_lock.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

#include "base/error.h"

namespace cameo {

FileLock::FileLock(const std::filesystem::path& file)
    : file_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  check(file_ >= 0, ErrorCode::Input, file.string(),
        ": cannot be opened: ", std::generic_category().message(errno));
  held_ = ::flock(file_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

FileLock::~FileLock() {
  ::close(file_);
}

}  // namespace cameo
