// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstring>
#include <deque>
#include <utility>
#include <vector>

namespace simt {

/// Asynchronous copies of one thread: those of a group arrive when it is waited for, or at once.
class CopyQueue {
 public:
  static constexpr std::size_t kBytes = 16;  ///< of each copy

  void begin(void* to, const void* from, bool in, bool at_once) {
    const Copy copy{to, from, in};
    if (at_once)
      arrive(copy);
    else
      begun_.push_back(copy);
  }
  void commit() { groups_.push_back(std::exchange(begun_, {})); }
  void wait(std::size_t left) {
    for (; groups_.size() > left; groups_.pop_front())
      for (const Copy& copy : groups_.front()) arrive(copy);
  }

 private:
  struct Copy {
    void* to;
    const void* from;
    bool in;  ///< else zeros are written
  };

  static void arrive(const Copy& copy) {
    if (copy.in)
      std::memcpy(copy.to, copy.from, kBytes);
    else
      std::memset(copy.to, 0, kBytes);
  }

  std::vector<Copy> begun_;  ///< of no group yet
  std::deque<std::vector<Copy>> groups_;
};

/// Those of the running thread.
CopyQueue& copies();

}  // namespace simt
