// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

#include "engine/exec.h"

namespace cameo {

/// One of several pieces of work that are called in a fixed order.
struct LaneWork {
  int lane = 0;
  std::vector<int> reads;   ///< numbers of the tensors it needs
  std::vector<int> writes;  ///< of those it sets or adds to
};

/// Goes back to lane 0 when it ends.
class LaneVisit {
 public:
  explicit LaneVisit(Exec& exec) : exec_(exec) {}
  // NOLINTNEXTLINE(bugprone-exception-escape): there always is a lane 0
  ~LaneVisit() {
    run(exec_, [](auto& on) { on.enter(0); });
  }
  LaneVisit(const LaneVisit&) = delete;
  LaneVisit& operator=(const LaneVisit&) = delete;

 private:
  Exec& exec_;
};

/// Calls a list of work again and again, each piece in its lane. What comes before the list and
/// what comes after it is lane 0's, and so never at the same time as anything in the list. A piece
/// waits for those of other lanes that wrote what it reads or writes. It does not wait for those
/// that only read what it writes: a program writes no tensor again that was read.
class Lanes {
 public:
  /// exec must have the list's lanes, and outlive it.
  Lanes(Exec& exec, const std::vector<LaneWork>& list);

  /// Calls work(i) for each i of the list. Leaves in lane 0, also when work throws.
  template <class F>
  void run(F work) {
    const LaneVisit visit{exec_};
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
    int lane = 0;
    std::vector<std::size_t> awaits;   ///< pieces of other lanes
    std::unique_ptr<Signal> finished;  ///< where somebody awaits it
  };
  std::unique_ptr<Signal> make_signal();
  void enter_lane(int lane);
  void await(std::size_t i, std::size_t other);
  void begin();
  void enter(std::size_t i);
  void leave(std::size_t i);
  void end();

  Exec& exec_;
  std::vector<Place> places_;
  std::unique_ptr<Signal> begun_;   ///< where another lane than 0 has work
  std::vector<std::size_t> first_;  ///< of each other lane that has work, the first piece
  std::vector<std::size_t> last_;   ///< and the last
};

}  // namespace cameo
