// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

#include "engine/exec.h"

namespace cameo {

/// A task of a stream, with the tensors it touches.
struct StreamTask {
  int stream = 0;
  std::vector<int> reads;   ///< ids of the tensors it reads
  std::vector<int> writes;  ///< ids of those it sets or adds to
};

/// Scope guard that makes stream 0 current when it ends.
class StreamGuard {
 public:
  explicit StreamGuard(Exec& exec) : exec_(exec) {}
  // NOLINTNEXTLINE(bugprone-exception-escape): there always is a stream 0
  ~StreamGuard() {
    run(exec_, [](auto& on) { on.set_stream(0); });
  }
  StreamGuard(const StreamGuard&) = delete;
  StreamGuard& operator=(const StreamGuard&) = delete;

 private:
  Exec& exec_;
};

/// Order of a list of tasks over several streams: runs the list any number of times, each task in
/// its stream. What comes before the list and after it is in stream 0, and never runs at the same
/// time as anything in the list. A task waits for those of other streams that wrote what it reads
/// or writes. It does not wait for those that only read what it writes: where there are several
/// streams, a graph writes no tensor again that was read.
class StreamSchedule {
 public:
  /// exec must have the list's streams, and outlive it.
  StreamSchedule(Exec& exec, const std::vector<StreamTask>& list);

  /// Calls work(i) for each task i of the list. Stream 0 is current afterwards, also if work
  /// throws.
  template <class F>
  void run(F work) {
    const StreamGuard guard{exec_};
    begin();
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      enter(i);
      work(i);
      leave(i);
    }
    end();
  }

 private:
  struct Task {
    int stream = 0;
    std::vector<std::size_t> waits_for;  ///< tasks of other streams
    std::unique_ptr<Event> finished;     ///< where another task waits for it
  };
  std::unique_ptr<Event> make_event();
  void set_stream(int stream);
  void wait_for(std::size_t i, std::size_t other);
  void begin();
  void enter(std::size_t i);
  void leave(std::size_t i);
  void end();

  Exec& exec_;
  std::vector<Task> tasks_;
  std::unique_ptr<Event> begun_;    ///< where another stream than 0 has work
  std::vector<std::size_t> first_;  ///< of each other stream that has work, the first task
  std::vector<std::size_t> last_;   ///< and the last
};

}  // namespace cameo
