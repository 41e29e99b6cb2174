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

/// A point in the work of one lane, for which others can wait.
class Signal {
 public:
  virtual ~Signal() = default;
  virtual void give() = 0;   ///< the point: behind all that the present lane was called for so far
  virtual void await() = 0;  ///< what the present lane is called for from here on waits for it
};

/// Device memory with its own way back; nullptr when empty.
using Memory = std::unique_ptr<std::byte, std::function<void(std::byte*)>>;

/// Runs kernels on the host, on OpenMP's threads (oneDNN and our own loops share that one pool).
class Cpu {
 public:
  /// `bytes` of zeroed memory, aligned to 64 bytes. Throws Error (Fault::Device) if there is no
  /// room.
  Memory allocate(std::size_t bytes);
  void copy_in(void* to, const void* host, std::size_t bytes);
  void copy_out(void* host, const void* from, std::size_t bytes);
  void fill(float* to, float value, std::size_t count);
  /// Host memory for send() and fetch().
  Memory allocate_staging(std::size_t bytes) { return allocate(bytes); }
  /// Copy from and to staging memory, without waiting where work is done later than it is called:
  /// wait() ends that.
  void send(void* to, const void* staged, std::size_t bytes) { copy_in(to, staged, bytes); }
  void fetch(void* staged, const void* from, std::size_t bytes) { copy_out(staged, from, bytes); }
  void wait() {}
  /// Lanes whose work may run side by side, except where one awaits another's signal. Each keeps
  /// the order of its calls.
  static constexpr int kLanes = 1;
  /// Work called from here on is the given lane's. Lane 0 is where everything begins and ends.
  void enter(int) {}
  /// For lanes to wait for each other; must not outlive the context. Empty where there is one lane.
  std::unique_ptr<Signal> make_signal() { return nullptr; }
  /// How many training steps may be called before anybody looks at their losses.
  static constexpr int kStepsAhead = 1;
  /// Bytes of its memory that a large block may take without crowding out the rest. On the host
  /// nobody counts.
  static std::size_t spare() { return std::numeric_limits<std::size_t>::max(); }
  /// What a graph's activations, gradients and working weights are.
  static constexpr DType working_type() { return DType::F32; }
  /// Where it is and how it computes, for people.
  std::string about() const;
  /// Calls `work` again at each replay.
  std::unique_ptr<Recording> record(std::function<void()> work);

  /// Where an operation can be computed in several ways, the one that was fastest when timed:
  /// operation and shape -> name of the way. Sums differ in their last bits between ways, so a
  /// run that must repeat another bit for bit starts from the other's table.
  std::map<std::string, std::string> tuning;
  /// Where not empty, the way of this name is taken wherever there is one, without timing.
  std::string only;
};

}  // namespace cameo
