// SPDX-License-Identifier: MIT
#pragma once
#include <atomic>
#include <exception>
#include <utility>

namespace cameo {

/// Carries an exception out of an OpenMP loop, which it may not leave by itself (the program would
/// end): the first that an iteration throws is kept, iterations that have not begun are skipped,
/// and rethrow() throws it behind the loop.
class FirstException {
 public:
  template <class F>
  void run(F&& iteration) noexcept {
    if (failed_.load(std::memory_order_relaxed)) return;
    try {
      std::forward<F>(iteration)();
    } catch (...) {
      if (!failed_.exchange(true)) error_ = std::current_exception();
    }
  }
  /// To be called after the loop, by one thread.
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::atomic<bool> failed_ = false;
  std::exception_ptr error_;
};

}  // namespace cameo
