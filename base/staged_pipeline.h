// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/stopwatch.h"

namespace cameo {

/// What a stage of a pipeline did, summed over its threads.
struct StageReport {
  std::string name;
  int threads = 1;
  std::int64_t items = 0;
  double busy = 0;     ///< seconds of work
  double waiting = 0;  ///< seconds without an item, or, for the source, without room for one
};

/// Adds reports to those of earlier runs: a stage of the same name gets the sums.
inline void add_reports(std::vector<StageReport>& all, const std::vector<StageReport>& more) {
  for (const StageReport& one : more) {
    const auto same = std::find_if(all.begin(), all.end(), [&](const StageReport& earlier) {
      return earlier.name == one.name;
    });
    if (same == all.end()) {
      all.push_back(one);
      continue;
    }
    same->threads = std::max(same->threads, one.threads);
    same->items += one.items;
    same->busy += one.busy;
    same->waiting += one.waiting;
  }
}

/// Items on their way through a chain of stages, each with threads of its own: a source, stages of
/// one item at a time or of groups, and a sink on the calling thread. Source, groups and sink see
/// the items in the source's order, so that the result does not depend on the threads. A bound on
/// the items that are under way bounds the memory, however long the input is, and stages that are
/// fast wait for those that are slow.
template <class T>
class StagedPipeline {
 public:
  using Group = std::vector<std::unique_ptr<T>>;

  /// in_flight: most items between source and sink, at least 1; a group has at most half of them.
  /// workers: of all worker_stages together.
  explicit StagedPipeline(std::size_t in_flight, int workers = 1)
      : in_flight_(std::max<std::size_t>(in_flight, 1)), workers_(std::max(workers, 1)) {
    for (int i = workers_; i > 0; --i) idle_workers_.push_back(i - 1);
  }

  /// next: yields the next item, null at the end.
  void source(std::string name, std::function<std::unique_ptr<T>()> next) {
    source_ = std::move(next);
    source_report_.name = std::move(name);
  }
  /// work: changes an item; called by `threads` threads at once.
  void stage(std::string name, int threads, std::function<void(T&)> work) {
    add({std::move(name), std::max(threads, 1)}, false,
        [work = std::move(work)](Group& group, int) { work(*group.front()); }, {});
  }
  /// work: changes an item with a worker, 0 .. workers - 1, that no other thread of any stage has
  /// meanwhile: for objects that are costly, one a worker. Waiting for a free one counts as such.
  void worker_stage(std::string name, std::function<void(T&, int worker)> work) {
    add({std::move(name), workers_}, false,
        [work = std::move(work)](Group& group, int worker) { work(*group.front(), worker); }, {});
    stages_.back()->needs_worker = true;
  }
  /// work: changes an item; called by one thread, in the source's order.
  void ordered(std::string name, std::function<void(T&)> work) {
    add({std::move(name), 1}, true,
        [work = std::move(work)](Group& group, int) { work(*group.front()); }, {});
  }
  /// work: changes the items of a group; called by one thread. full: whether a group, which holds
  /// an item, must be worked on before `next` joins it; a group always takes a first one.
  void groups(std::string name, std::function<bool(const Group&, const T& next)> full,
              std::function<void(Group&)> work) {
    add(
        {std::move(name), 1}, true, [work = std::move(work)](Group& group, int) { work(group); },
        std::move(full));
  }

  /// Runs until the source ends or `take` returns false; then what is under way is dropped.
  /// take: the sink. Throws what any stage threw first, after all threads have ended.
  void run(std::string name, const std::function<bool(T&)>& take) {
    add({std::move(name), 1}, true, {}, {});
    std::vector<std::thread> threads;
    try {
      threads.emplace_back([this] { guarded([this] { read(); }); });
      for (std::size_t i = 0; i + 1 < stages_.size(); ++i)
        for (int t = 0; t < stages_[i]->report.threads; ++t)
          threads.emplace_back([this, i] { guarded([this, i] { work(i); }); });
      guarded([&] { drain(take); });
    } catch (...) {  // no thread could be made
      stop(std::current_exception());
    }
    stop(nullptr);
    for (std::thread& thread : threads) thread.join();
    if (thrown_) std::rethrow_exception(thrown_);
  }

  /// Of the source, the stages and the sink, in this order; after run().
  std::vector<StageReport> reports() const {
    std::vector<StageReport> all{source_report_};
    for (const auto& stage : stages_) all.push_back(stage->report);
    return all;
  }

 private:
  struct Stage {
    StageReport report;
    bool in_order = false;
    bool needs_worker = false;
    std::function<void(Group&, int)> work;
    std::function<bool(const Group&, const T&)> full;
    std::map<std::size_t, std::unique_ptr<T>> ready;  // by their number
    std::size_t taken = 0;
  };
  struct Numbered {
    std::size_t number = 0;
    std::unique_ptr<T> item;
    int worker = 0;
  };

  void add(const StageReport& report, bool in_order, std::function<void(Group&, int)> work,
           std::function<bool(const Group&, const T&)> full) {
    stages_.push_back(std::make_unique<Stage>());
    Stage& stage = *stages_.back();
    stage.report = report;
    stage.in_order = in_order;
    stage.work = std::move(work);
    stage.full = std::move(full);
  }

  template <class F>
  void guarded(F&& body) {
    try {
      body();
    } catch (...) {
      stop(std::current_exception());
    }
  }

  void stop(const std::exception_ptr& why) {
    const std::lock_guard lock(mutex_);
    if (why && !thrown_) thrown_ = why;
    stopped_ = true;
    changed_.notify_all();
  }

  /// Waits, counts the wait, and says whether the pipeline goes on.
  template <class Ready>
  bool wait(std::unique_lock<std::mutex>& lock, double& waiting, Ready&& ready) {
    const double start = steady_seconds();
    changed_.wait(lock, [&] { return stopped_ || ready(); });
    waiting += steady_seconds() - start;
    return !stopped_;
  }

  void read() {
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        if (!wait(lock, source_report_.waiting, [&] { return under_way_ < in_flight_; })) return;
      }
      double busy = 0;
      std::unique_ptr<T> item;
      {
        const Stopwatch watch(busy);
        item = source_();
      }
      const std::lock_guard lock(mutex_);
      source_report_.busy += busy;
      changed_.notify_all();
      if (item == nullptr) {
        ended_ = true;
        return;
      }
      stages_.front()->ready.emplace(count_++, std::move(item));
      ++under_way_;
      ++source_report_.items;
    }
  }

  /// The stage's next item; none at the end, or while `held` is full with it.
  Numbered take(Stage& stage, const Group& held) {
    const auto here = [&] {
      return !stage.ready.empty() &&
             (!stage.in_order || stage.ready.begin()->first == stage.taken) &&
             (!stage.needs_worker || !idle_workers_.empty());
    };
    std::unique_lock lock(mutex_);
    const bool more = wait(lock, stage.report.waiting,
                           [&] { return here() || (ended_ && stage.taken == count_); });
    if (!more || !here()) return {};
    auto first = stage.ready.begin();
    if (!held.empty() && stage.full(held, *first->second)) return {};
    Numbered next{first->first, std::move(first->second)};
    stage.ready.erase(first);
    if (stage.needs_worker) {
      next.worker = idle_workers_.back();
      idle_workers_.pop_back();
    }
    ++stage.taken;
    changed_.notify_all();  // of the end, perhaps, to the stage's other threads
    return next;
  }

  void work(std::size_t at) {
    Stage& stage = *stages_[at];
    for (;;) {
      Group group;
      std::vector<std::size_t> numbers;
      int worker = 0;
      do {
        Numbered next = take(stage, group);
        if (next.item == nullptr) break;
        group.push_back(std::move(next.item));
        numbers.push_back(next.number);
        worker = next.worker;
      } while (stage.full && group.size() < std::max<std::size_t>(in_flight_ / 2, 1));
      if (group.empty()) return;
      double busy = 0;
      {
        const Stopwatch watch(busy);
        stage.work(group, worker);
      }
      const std::lock_guard lock(mutex_);
      if (stage.needs_worker) idle_workers_.push_back(worker);
      stage.report.busy += busy;
      stage.report.items += static_cast<std::int64_t>(group.size());
      for (std::size_t i = 0; i < group.size(); ++i)
        stages_[at + 1]->ready.emplace(numbers[i], std::move(group[i]));
      changed_.notify_all();
    }
  }

  void drain(const std::function<bool(T&)>& sink) {
    Stage& stage = *stages_.back();
    for (;;) {
      Numbered next = take(stage, {});
      if (next.item == nullptr) return;
      double busy = 0;
      bool more = false;
      {
        const Stopwatch watch(busy);
        more = sink(*next.item);
        next.item.reset();
      }
      const std::lock_guard lock(mutex_);
      stage.report.busy += busy;
      ++stage.report.items;
      --under_way_;
      changed_.notify_all();
      if (!more) return;
    }
  }

  const std::size_t in_flight_;
  const int workers_;
  std::function<std::unique_ptr<T>()> source_;
  StageReport source_report_;
  std::vector<std::unique_ptr<Stage>> stages_;  // the last one is the sink

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<int> idle_workers_;
  std::size_t under_way_ = 0;
  std::size_t count_ = 0;  // of the items that the source gave
  bool ended_ = false;
  bool stopped_ = false;
  std::exception_ptr thrown_;
};

}  // namespace cameo
