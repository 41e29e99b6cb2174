// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>

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

/// Device memory with its own way back; nullptr when empty.
using Memory = std::unique_ptr<std::byte, std::function<void(std::byte*)>>;

/// Runs kernels on the host, on OpenMP's threads (oneDNN and our own loops share that one pool).
class Cpu {
 public:
  /// `bytes` of zeroed memory, aligned to 64 bytes. Throws Error (ErrorCode::Device) if there is no
  /// room.
  Memory allocate(std::size_t bytes);
  void copy_in(void* to, const void* host, std::size_t bytes);
  void copy_out(void* host, const void* from, std::size_t bytes);
  void fill(float* to, float value, std::size_t count);
  /// Host memory for copy_in_async() and copy_out_async().
  Memory allocate_pinned(std::size_t bytes) { return allocate(bytes); }
  /// Copy from and to staging memory, without waiting where work is done later than it is called:
  /// synchronize() ends that.
  void copy_in_async(void* to, const void* staged, std::size_t bytes) {
    copy_in(to, staged, bytes);
  }
  void copy_out_async(void* staged, const void* from, std::size_t bytes) {
    copy_out(staged, from, bytes);
  }
  /// Copy from device memory to other device memory, as work of the current stream: kernels called
  /// before it have written what it reads, and it is recorded as they are.
  void copy_device_async(void* to, const void* from, std::size_t bytes) {
    copy_in(to, from, bytes);
  }
  void synchronize() {}
  /// Lanes whose work may run side by side, except where one waits for another's event. Each keeps
  /// the order of its calls.
  static constexpr int kStreams = 1;
  /// Work called from here on is the given stream's. Stream 0 is where everything begins and ends.
  void set_stream(int) {}
  /// For streams to wait for each other; must not outlive the context. Empty where there is one
  /// stream.
  std::unique_ptr<Event> make_event() { return nullptr; }
  /// How many training steps may be called before anybody looks at their losses.
  static constexpr int kStepsAhead = 1;
  /// Bytes of its memory that a large block may take without crowding out the rest. On the host
  /// nobody counts.
  static std::size_t memory_budget() { return std::numeric_limits<std::size_t>::max(); }
  /// What a graph's activations, gradients and working weights are.
  static constexpr DType compute_dtype() { return DType::F32; }
  /// Where it is and how it computes, for people.
  std::string about() const;
  /// Calls `work` again at each replay.
  std::unique_ptr<Recording> record(std::function<void()> work);

  /// Where an operation can be computed in several ways, the one that was fastest when timed:
  /// operation and shape -> name of the way. Sums differ in their last bits between ways, so a
  /// run that must repeat another bit for bit starts from the other's table.
  std::map<std::string, std::string> tuning;
  /// Where not empty, the way of this name is taken wherever there is one, without timing.
  std::string forced_algorithm;
};

}  // namespace cameo
