// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernels/device.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// The arrays of one pass of a product: out = a (times) b. Forward: x, w -> y; towards the input:
/// dy, w -> dx; towards the weights: x, dy -> dw.
struct Arrays {
  const float* a = nullptr;
  const float* b = nullptr;
  float* out = nullptr;
  std::byte* scratch = nullptr;
};

/// A pass made ready for its shapes.
class Work {
 public:
  virtual ~Work() = default;
  virtual std::size_t scratch_bytes() const = 0;
  virtual void run(const Arrays& arrays) = 0;
  /// Drops what earlier runs have left in it, such as weights packed once: the next run is a first.
  virtual void forget() {}
};

/// One way of computing a pass. Every way of a pass computes the same, but for rounding.
struct Way {
  std::string name;
  std::unique_ptr<Work> work;
};

/// Lengths of the arrays in floats, for timing.
struct Lengths {
  std::size_t a = 0, b = 0, out = 0;
};

/// The fastest of `ways` (at least one, the dependable one first): taken from on.tuning if it knows
/// `key`, else timed on made-up numbers and noted there. on.forced_algorithm overrules both.
Way choose(Cpu& on, const std::string& key, std::vector<Way> ways, Lengths lengths);

/// Scratch of the way that choose() would take, or, where it would time, the most of any.
std::size_t estimate_scratch(const Cpu& on, const std::string& key, const std::vector<Way>& ways);

/// A pass ready to run, which may also add to what is there.
class Pass {
 public:
  Pass() = default;
  Pass(Way way, std::size_t out_floats) : way_(std::move(way)), out_floats_(out_floats) {}
  const std::string& name() const { return way_.name; }
  std::size_t scratch_bytes() const { return way_.work ? way_.work->scratch_bytes() : 0; }
  void run(Arrays arrays, bool add);

 private:
  Way way_;
  std::size_t out_floats_ = 0;
  std::vector<float> sum_;  ///< for adding: no way adds by itself, and few graphs ask for it
};

/// The passes of a product y = x (times) w; a gradient that nobody wants has no pass.
struct Passes {
  Pass forward, to_input, to_weights;

  std::size_t scratch_bytes() const;
  void run_forward(ConstView x, ConstView w, View y, View scratch);
  /// An empty gradient is not computed.
  void run_backward(ConstView x, ConstView w, ConstView dy, Grad dx, Grad dw, View scratch);
  /// "forward tiles, dx tiles, dw gemm".
  std::string ways() const;
};

}  // namespace cameo::kernels
