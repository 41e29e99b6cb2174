// SPDX-License-Identifier: MIT
#include "engine/collective.h"

#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

#include "base/error.h"
#include "engine/nccl.h"

namespace cameo {
namespace {

/// Sums over TCP, in a thread of its own so that backward goes on meanwhile.
class SocketAllReduce final : public AllReduce {
 public:
  explicit SocketAllReduce(SocketRing& ring) : ring_(ring), thread_([this] { work(); }) {}
  ~SocketAllReduce() override {
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  SocketAllReduce(const SocketAllReduce&) = delete;
  SocketAllReduce& operator=(const SocketAllReduce&) = delete;

  void start(View values) override {
    check(values.dtype == DType::F32, "ranks: sums over TCP are of float32");
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back(values);
    }
    changed_.notify_all();
  }

  void finish() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return queue_.empty() || failure_; });
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return ends_ || !queue_.empty(); });
      if (ends_ || failure_) return;
      const View values = queue_.front();
      lock.unlock();
      std::exception_ptr failure = sum(values);
      lock.lock();
      failure_ = std::move(failure);
      queue_.pop_front();  // only now: finish() waits for what is under way, too
      changed_.notify_all();
    }
  }

  std::exception_ptr sum(View values) {
    try {
      ring_.all_reduce({values.f32(), static_cast<std::size_t>(values.shape.size())});
      return {};
    } catch (...) {
      return std::current_exception();
    }
  }

  SocketRing& ring_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<View> queue_;
  std::exception_ptr failure_;  ///< of a sum; nothing is summed after it
  bool ends_ = false;
  std::thread thread_;  ///< the last member: it uses the others
};

}  // namespace

ProcessGroup::ProcessGroup(Exec& exec, const RankPlace& place) : ring_(place), transport_("TCP") {
  if (std::holds_alternative<Cpu>(exec)) {
    all_reduce_ = std::make_unique<SocketAllReduce>(ring_);
    return;
  }
  auto nccl = std::make_unique<NcclAllReduce>(exec, ring_);
  transport_ = "NCCL " + nccl->version();
  all_reduce_ = std::move(nccl);
}

ProcessGroup::~ProcessGroup() = default;

std::vector<std::vector<double>> ProcessGroup::all_gather(const std::vector<double>& own) {
  std::string bytes(own.size() * sizeof(double), '\0');
  std::memcpy(bytes.data(), own.data(), bytes.size());
  std::vector<std::vector<double>> all;
  for (const std::string& of_rank : all_gather(bytes)) {
    check(of_rank.size() == bytes.size(), "ranks: rank ", all.size(), " gives ",
          of_rank.size() / sizeof(double), " numbers, rank ", rank(), " gives ", own.size());
    all.emplace_back(own.size());
    std::memcpy(all.back().data(), of_rank.data(), bytes.size());
  }
  return all;
}

}  // namespace cameo
