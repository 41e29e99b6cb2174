// SPDX-License-Identifier: MIT
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engine/exec.h"
#include "engine/socket_ring.h"

namespace cameo {

/// How gradients get from rank to rank: a sum over all ranks, in place, the same bits in each.
class AllReduce {
 public:
  virtual ~AllReduce() = default;
  /// Starts the sum of a tensor that lies where the device computes. All ranks start the same ones
  /// in the same order. On a GPU it is work of the current stream and may be captured.
  virtual void start(View values) = 0;
  /// Waits for those started on the CPU, so that their memory may be read. Throws Error
  /// (ErrorCode::Failed) if a rank is lost.
  virtual void finish() = 0;
  /// Throws Error (ErrorCode::Failed) if a rank is known to be lost; asked before each step.
  virtual void check_ranks() const {}
};

/// Process group: the ranks that train one model together, each a process with a device of its own
/// that holds all weights and sees its share of each batch. Gradients go by NCCL between GPUs, by
/// TCP between CPUs; what else ranks tell each other goes by TCP.
class ProcessGroup {
 public:
  /// Waits until all ranks have met. Throws Error as SocketRing does; ErrorCode::Device if NCCL is
  /// needed and cannot be used.
  ProcessGroup(Exec& exec, const RankPlace& place);
  ~ProcessGroup();
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;

  int rank() const { return ring_.rank(); }
  int ranks() const { return ring_.ranks(); }
  bool leads() const { return rank() == 0; }  ///< whether it writes the files

  /// What each rank gives, in their order. Not while a sum is under way. Throws Error as
  /// SocketRing does.
  std::vector<std::string> all_gather(const std::string& own) { return ring_.all_gather(own); }
  /// The same of a list of numbers, as long in every rank.
  std::vector<std::vector<double>> all_gather(const std::vector<double>& own);

  void start_all_reduce(View values) { all_reduce_->start(values); }
  void finish() { all_reduce_->finish(); }
  void check_ranks() const { all_reduce_->check_ranks(); }
  /// "TCP" or "NCCL 2.28.3".
  const std::string& transport() const { return transport_; }

 private:
  SocketRing ring_;
  std::string transport_;
  std::unique_ptr<AllReduce> all_reduce_;
};

}  // namespace cameo
