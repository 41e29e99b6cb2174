// SPDX-License-Identifier: MIT
#pragma once
#include <mutex>
#include <string>

namespace cameo {

/// What the BLAS that dlib calls says of itself: OpenBLAS's configuration, empty with another one.
std::string blas_config();

/// Whether a BLAS of this configuration may be called by several threads at once. OpenBLAS built
/// without threads and without USE_LOCKING (Debian's libopenblas0-serial) shares its buffers
/// between the caller's threads and returns wrong numbers. Source: OpenBLAS's Makefile.rule.
bool is_thread_safe(const std::string& blas_config);

/// Held while dlib computes with BLAS or LAPACK (landmarks, embeddings, networks): lets one thread
/// in at a time where is_thread_safe does not hold, all of them elsewhere. The first one made gives
/// OpenBLAS one thread a call, for Cameo's own threads fill the cores.
class BlasLock {
 public:
  BlasLock();

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace cameo
