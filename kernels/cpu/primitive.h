// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernels/conv_pass.h"
#include "kernels/device.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// Operands of one pass of a product, out = a (times) b. Forward: x, w -> y; backward data:
/// dy, w -> dx; backward weights: x, dy -> dw.
struct Operands {
  const float* a = nullptr;
  const float* b = nullptr;
  float* out = nullptr;
  std::byte* scratch = nullptr;
};

/// Sizes of the operands in floats, for timing.
struct OperandSizes {
  std::size_t a = 0, b = 0, out = 0;
};

/// One pass of a product, prepared for its shapes.
class Primitive {
 public:
  virtual ~Primitive() = default;
  virtual std::size_t scratch_bytes() const = 0;
  virtual void run(const Operands& operands) = 0;
  /// Drops what earlier runs have left in it, such as weights packed once: the next run is a first.
  virtual void drop_packed() {}
};

/// A named algorithm for a pass. All of a pass compute the same, but for rounding.
struct Algorithm {
  std::string name;
  std::unique_ptr<Primitive> primitive;
};

/// Key of a pass in a precision: in bfloat16 there are more algorithms to choose from.
inline std::string key_in(Precision precision, const std::string& key) {
  return precision == Precision::Bf16 ? key + " bf16" : key;
}

/// The forced, known or fastest of `algorithms` (at least one, the default first), timed on dummy
/// operands.
Algorithm pick_algorithm(Cpu& on, const std::string& key, std::vector<Algorithm> algorithms,
                         OperandSizes sizes);

/// Scratch of the algorithm that pick_algorithm() would take, or, where it would time, the most of
/// any.
std::size_t estimate_scratch(const Cpu& on, const std::string& key,
                             const std::vector<Algorithm>& algorithms);

/// The most scratch of the forward pass and the wanted backward passes, as scratch_of(pass) gives.
template <class F>
std::size_t most_scratch(bool wants_dx, bool wants_dw, F scratch_of) {
  std::size_t most = scratch_of(ConvPass::Forward);
  if (wants_dx) most = std::max(most, scratch_of(ConvPass::BackwardData));
  if (wants_dw) most = std::max(most, scratch_of(ConvPass::BackwardWeights));
  return most;
}

/// A pass with its algorithm, which may also add to what is there.
class TunedPass {
 public:
  TunedPass() = default;
  TunedPass(Algorithm algorithm, std::size_t out_floats)
      : algorithm_(std::move(algorithm)), out_floats_(out_floats) {}
  const std::string& name() const { return algorithm_.name; }
  std::size_t scratch_bytes() const {
    return algorithm_.primitive ? algorithm_.primitive->scratch_bytes() : 0;
  }
  void run(Operands operands, bool add);

 private:
  Algorithm algorithm_;
  std::size_t out_floats_ = 0;
  std::vector<float> sum_;  ///< for adding: no primitive adds by itself, and few graphs ask for it
};

/// The passes of a product y = x (times) w; a gradient that nobody wants has no pass.
struct TunedPasses {
  TunedPass forward, backward_data, backward_weights;

  std::size_t scratch_bytes() const;
  void run_forward(ConstView x, ConstView w, Grad y, View scratch);
  /// An empty gradient is not computed.
  void run_backward(ConstView x, ConstView w, ConstView dy, Grad dx, Grad dw, View scratch);
  /// "forward tiles, dx tiles, dw gemm".
  std::string algorithm_names() const;
};

}  // namespace cameo::kernels
