// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <string>

#include "kernels/autotune.h"
#include "kernels/precision.h"
#include "kernels/tensor.h"

namespace cameo {

class Cuda;  // kernels/cuda/context.h

/// Work recorded once, to be replayed. What it captured must outlive it.
class Recording {
 public:
  virtual ~Recording() = default;
  virtual void replay() = 0;
};

/// A point in a stream's work that other streams can wait for (cudaEvent_t).
class Event {
 public:
  virtual ~Event() = default;
  /// Marks the point after all work issued to the current stream so far.
  virtual void record() = 0;
  /// Work issued to the current stream from here on starts after that point.
  virtual void wait() = 0;
};

/// Device memory that frees itself; nullptr when empty.
using Memory = std::unique_ptr<std::byte, std::function<void(std::byte*)>>;

/// The host as a device: kernels run on OpenMP's threads (oneDNN and our own loops share that one
/// pool).
class Cpu : public Autotuner {
 public:
  /// F32 or Bf16, which only changes something where has_bf16_products() (kernels/system_info.h).
  Precision precision = Precision::F32;

  /// `bytes` of zeroed memory, aligned to 64 bytes. Throws Error (ErrorCode::Device) where there is
  /// too little.
  Memory allocate(std::size_t bytes);
  void copy_in(void* to, const void* host, std::size_t bytes);
  void copy_out(void* host, const void* from, std::size_t bytes);
  void fill(float* to, float value, std::size_t count);
  /// Pinned host memory for copy_in_async() and copy_out_async().
  Memory allocate_pinned(std::size_t bytes) { return allocate(bytes); }
  /// Copy from and to pinned memory as work of the current stream; synchronize() waits for it.
  void copy_in_async(void* to, const void* pinned, std::size_t bytes) {
    copy_in(to, pinned, bytes);
  }
  void copy_out_async(void* pinned, const void* from, std::size_t bytes) {
    copy_out(pinned, from, bytes);
  }
  /// Copy from device memory to other device memory, as work of the current stream: kernels called
  /// before it have written what it reads, and it is recorded as they are.
  void copy_device_async(void* to, const void* from, std::size_t bytes) {
    copy_in(to, from, bytes);
  }
  void synchronize() {}
  /// Number of streams: their work may run side by side, except where one waits for another's
  /// event. Each keeps the order of its calls.
  static constexpr int kStreams = 1;
  /// Work issued from here on is the given stream's. Stream 0 is where everything begins and ends.
  void set_stream(int) {}
  /// For streams to wait for each other; must not outlive the device. Empty where there is one
  /// stream.
  std::unique_ptr<Event> make_event() { return nullptr; }
  /// Number of training steps that may be issued before their losses are read.
  static constexpr int kStepsAhead = 1;
  /// Bytes that a large block, such as a data set, may take of the device's memory; unlimited on
  /// the host.
  static std::size_t memory_budget() { return std::numeric_limits<std::size_t>::max(); }
  /// Type of a graph's activations, gradients and working weights.
  static constexpr DType compute_dtype() { return DType::F32; }
  /// Device and precision in words.
  std::string about() const;
  /// Calls `work` again at each replay.
  std::unique_ptr<Recording> record(std::function<void()> work);
};

}  // namespace cameo
