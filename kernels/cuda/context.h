// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "kernels/device.h"
#include "kernels/precision.h"

struct CUstream_st;  // CUDA's stream behind cudaStream_t, so that this header needs no toolkit

namespace cameo {

struct CudaOptions {
  int device = 0;
  Precision precision = Precision::Tf32;
  bool deterministic = true;  ///< only algorithms whose sums keep their order from run to run
  bool time_plans = true;     ///< time the likeliest algorithms; else take the first
  /// Own kernels for convolutions are among the algorithms; else all are cuDNN's.
  bool own_convolutions = true;
};

/// One NVIDIA GPU: kernels run in CUDA streams, those of a stream in the order they are issued. Not
/// for two threads at a time.
class Cuda : public Autotuner {
 public:
  /// Throws Error (ErrorCode::Device) saying why if there is no driver or no such device.
  explicit Cuda(const CudaOptions& options);
  ~Cuda();
  Cuda(Cuda&&) noexcept;
  Cuda& operator=(Cuda&&) noexcept;
  Cuda(const Cuda&) = delete;
  Cuda& operator=(const Cuda&) = delete;

  /// `bytes` of zeroed device memory, aligned to 256 bytes, ready for every stream. Throws Error
  /// (ErrorCode::Device) naming what is free if there is no room.
  Memory allocate(std::size_t bytes);
  /// Both wait until the copy is done.
  void copy_in(void* to, const void* host, std::size_t bytes);
  void copy_out(void* host, const void* from, std::size_t bytes);
  void fill(float* to, float value, std::size_t count);
  /// As Cpu's; copies need no help of the host's.
  Memory allocate_pinned(std::size_t bytes);
  void copy_in_async(void* to, const void* pinned, std::size_t bytes);
  void copy_out_async(void* pinned, const void* from, std::size_t bytes);
  void copy_device_async(void* to, const void* from, std::size_t bytes);
  static constexpr int kStepsAhead = 32;
  std::size_t memory_budget();  ///< nine tenths of what is free
  DType compute_dtype() const;
  std::string about() const;
  /// As Cpu's. Training has its decoders in the first two, uploads in the last.
  static constexpr int kStreams = 3;
  void set_stream(int stream);
  std::unique_ptr<Event> make_event();
  /// Captures `work` as a CUDA graph, without running it; replay() launches that. Other streams
  /// that wait for an event of stream 0 are captured too; stream 0 must wait for them in the end.
  std::unique_ptr<Recording> record(const std::function<void()>& work);
  /// Waits until everything issued so far is done, in every stream; throws Error
  /// (ErrorCode::Device) if any of it failed.
  void synchronize();

  CUstream_st* stream() const;  ///< the current one
  const CudaOptions& options() const;
  int multiprocessors() const;

  /// Scratch for partial sums, kPartials floats in device memory, aligned to 256 bytes, one for
  /// each stream. Allocated from the start, because nothing may be while work is captured. What a
  /// kernel leaves there only the next one reads.
  float* partials() const;
  static constexpr std::int64_t kPartials = std::int64_t{1} << 20;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cameo
