// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

#include "engine/exec.h"

namespace cameo {

/// One of several pieces of work that are called in a fixed order.
struct StreamTask {
  int stream = 0;
  std::vector<int> reads;   ///< numbers of the tensors it needs
  std::vector<int> writes;  ///< of those it sets or adds to
};

/// Goes back to stream 0 when it ends.
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

/// Calls a list of work again and again, each piece in its stream. What comes before the list and
/// what comes after it is stream 0's, and so never at the same time as anything in the list. A
/// piece waits for those of other streams that wrote what it reads or writes. It does not wait for
/// those that only read what it writes: a program writes no tensor again that was read.
class StreamSchedule {
 public:
  /// exec must have the list's streams, and outlive it.
  StreamSchedule(Exec& exec, const std::vector<StreamTask>& list);

  /// Calls work(i) for each i of the list. Leaves in stream 0, also when work throws.
  template <class F>
  void run(F work) {
    const StreamGuard visit{exec_};
    begin();
    for (std::size_t i = 0; i < places_.size(); ++i) {
      enter(i);
      work(i);
      leave(i);
    }
    end();
  }

 private:
  struct Place {
    int stream = 0;
    std::vector<std::size_t> awaits;  ///< pieces of other streams
    std::unique_ptr<Event> finished;  ///< where somebody awaits it
  };
  std::unique_ptr<Event> make_event();
  void set_stream(int stream);
  void await(std::size_t i, std::size_t other);
  void begin();
  void enter(std::size_t i);
  void leave(std::size_t i);
  void end();

  Exec& exec_;
  std::vector<Place> places_;
  std::unique_ptr<Event> begun_;    ///< where another stream than 0 has work
  std::vector<std::size_t> first_;  ///< of each other stream that has work, the first piece
  std::vector<std::size_t> last_;   ///< and the last
};

}  // namespace cameo
