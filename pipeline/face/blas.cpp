// SPDX-License-Identifier: MIT
#include "pipeline/face/blas.h"

#include <dlfcn.h>

namespace cameo {
namespace {

// Debian's alternatives choose the BLAS when the program is loaded, so it is asked, not linked.
template <class Function>
Function* openblas(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

bool prepare() {
  if (auto* threads = openblas<void(int)>("openblas_set_num_threads")) threads(1);
  return is_thread_safe(blas_config());
}

}  // namespace

std::string blas_config() {
  auto* const config = openblas<char*()>("openblas_get_config");
  return config == nullptr ? "" : config();
}

bool is_thread_safe(const std::string& blas_config) {
  const auto says = [&](const char* word) { return blas_config.find(word) != std::string::npos; };
  return !says("SINGLE_THREADED") || says("USE_LOCKING");
}

BlasLock::BlasLock() {
  static std::mutex one_at_a_time;
  static const bool thread_safe = prepare();
  if (!thread_safe) lock_ = std::unique_lock(one_at_a_time);
}

}  // namespace cameo
