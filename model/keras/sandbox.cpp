// SPDX-License-Identifier: MIT
#include "model/keras/sandbox.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <fstream>
#include <new>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

namespace cameo::h5 {
namespace {

constexpr rlim_t kMoreBytes = rlim_t{512} << 20U;  // listing a file takes a few MiB
constexpr rlim_t kSeconds = 20;                    // and milliseconds
constexpr int kOutOfMemory = 71;                   // a status that nothing else ends with

void limit(int resource, rlim_t most) {
  rlimit now{};
  getrlimit(resource, &now);
  now.rlim_cur = std::min(now.rlim_max, most);
  setrlimit(resource, &now);
}

[[noreturn]] void run_as_child(const std::function<void()>& act, rlim_t address_space) {
  // The C library says what it thinks of a damaged heap on stderr.
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) ::dup2(nowhere, STDERR_FILENO);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_AS, address_space);
  limit(RLIMIT_CPU, kSeconds);
  errno = 0;
  try {
    act();
  } catch (const std::bad_alloc&) {
    ::_exit(kOutOfMemory);
  } catch (const std::exception&) {              // the parent will meet it too, and can tell it,
    if (errno == ENOMEM) ::_exit(kOutOfMemory);  // except where HDF5 asked for too much
  }
  ::_exit(0);
}

}  // namespace

std::string try_in_child(const std::function<void()>& act) {
  rlim_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const auto page = static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
  const pid_t child = ::fork();
  check(child >= 0, "import: cannot start a process: ", std::strerror(errno));
  if (child == 0) run_as_child(act, pages * page + kMoreBytes);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (WIFEXITED(status) && WEXITSTATUS(status) == kOutOfMemory)
    return "it asks for more than " + std::to_string(kMoreBytes >> 20U) + " MiB of memory";
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) return "it reads without end";
  return WIFSIGNALED(status) ? "it crashes, signal " + std::to_string(WTERMSIG(status))
                             : "it ends, status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace cameo::h5
