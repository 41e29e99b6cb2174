// SPDX-License-Identifier: MIT
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "engine/collective.h"

struct CUstream_st;

namespace cameo {

/// NVIDIA's NCCL, loaded when it is needed: a program that never trains on several GPUs does
/// without it.
class Nccl {
 public:
  /// Throws Error (ErrorCode::Device) if the library cannot be loaded, or lacks a function.
  explicit Nccl(const std::string& library = "libnccl.so.2");
  ~Nccl();
  Nccl(const Nccl&) = delete;
  Nccl& operator=(const Nccl&) = delete;

  /// "2.28.3".
  std::string version() const;
  /// A name for a new communicator, which rank 0 makes and all ranks join it by.
  std::string unique_id() const;
  /// Joins one on the current GPU; waits for all ranks. As all others throws Error
  /// (ErrorCode::Device) with NCCL's own words if NCCL reports an error.
  void join(const std::string& unique_id, int rank, int ranks);
  /// Sums in place, as work of a stream: float32 or bfloat16.
  void all_reduce(View values, CUstream_st* stream) const;
  /// Ends whatever is under way, on the GPU too. From another thread, and without waiting for
  /// other ranks. Nothing can be summed afterwards.
  void abort();

 private:
  struct Functions;
  void check_result(int result, const char* call) const;

  std::unique_ptr<Functions> call_;
  void* library_ = nullptr;
  std::atomic<void*> communicator_ = nullptr;
};

/// Sums between GPUs. A thread watches the ring's connections: NCCL itself waits for ever for a
/// rank whose process has ended.
class NcclAllReduce final : public AllReduce {
 public:
  /// exec: the GPU. ring: where ranks agree on the communicator; watched until the end.
  NcclAllReduce(Exec& exec, SocketRing& ring);
  ~NcclAllReduce() override;
  NcclAllReduce(const NcclAllReduce&) = delete;
  NcclAllReduce& operator=(const NcclAllReduce&) = delete;

  void start(View values) override;
  /// Nothing to do: streams wait for each other.
  void finish() override {}
  void check_ranks() const override;
  std::string version() const { return nccl_.version(); }

 private:
  void watch();

  Exec& exec_;
  SocketRing& ring_;
  Nccl nccl_;
  std::atomic<bool> ends_ = false, lost_ = false;
  std::thread thread_;
};

}  // namespace cameo
