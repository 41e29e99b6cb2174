// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/params.h"

namespace cameo {

/// A tensor of training state, copied to the host.
struct StateTensor {
  std::string name;   ///< "m.encoder.down1.weight", "step"
  std::string dtype;  ///< as in safetensors files: "F32", "F64", "I64"
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;
};

/// Fills `bytes` with the tensor of that name. Throws Error if there is none of that type and size.
using StateReader = std::function<void(const std::string& name, const std::string& dtype,
                                       std::span<std::byte> bytes)>;

/// State in device memory that training goes on from, and that a checkpoint holds.
class Stateful {
 public:
  virtual ~Stateful() = default;
  /// Copies it to the host; waits for the device.
  virtual std::vector<StateTensor> save() const = 0;
  /// Replaces it by what save() has yielded. Throws what `read` throws.
  virtual void load(const StateReader& read) = 0;
};

/// What a training step runs after backward: it updates weights from their gradients, or follows
/// the weights.
class Optimizer : public Stateful {
 public:
  /// One update. It may be recorded and replayed.
  virtual void step() = 0;
  /// Runs the kernels of step() on other memory, so that they are loaded before a recording.
  virtual void rehearse() = 0;
  /// Bytes of its state in device memory.
  virtual std::size_t bytes() const = 0;
};

/// Bytes of a value or an array, as a StateTensor holds them.
template <class T>
std::vector<std::byte> state_bytes(std::span<const T> values) {
  const auto bytes = std::as_bytes(values);
  return {bytes.begin(), bytes.end()};
}

/// Blocks of floats in device memory, each as long as ranges of parameters: moments, averages.
class StateBlocks {
 public:
  /// One block for each name.
  StateBlocks(ParamStore& params, std::vector<Range> ranges, std::vector<std::string> names);

  float* block(std::size_t index) const;
  const std::vector<Range>& ranges() const { return ranges_; }
  /// Floats of a block: the sum of the ranges.
  std::int64_t floats() const { return floats_; }
  std::size_t bytes() const { return names_.size() * static_cast<std::size_t>(floats_) * 4; }
  /// "NAME.PARAMETER" for each parameter of the ranges.
  std::vector<StateTensor> save() const;
  void load(const StateReader& read);
  /// Calls visit with each of these tensors: its name, its parameter and where it lies.
  using Visit = std::function<void(const std::string& name, const Param& param, float* data)>;
  void for_each(const Visit& visit) const;

 private:
  ParamStore& params_;
  std::vector<Range> ranges_;
  std::vector<std::string> names_;
  std::int64_t floats_ = 0;
  Memory memory_;
};

}  // namespace cameo
