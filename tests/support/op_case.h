// SPDX-License-Identifier: MIT
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/graph.h"

namespace cameo::test {

/// One op under test: from this its shape, gradients, replay, guards and golden values are checked.
struct OpCase {
  std::string name;
  std::vector<Shape> wants;                            ///< leaves whose gradients are checked
  Shape out;                                           ///< the shape the op must yield
  std::function<Value(std::span<const Value>)> build;  ///< from `wants`, then `fixed`
  std::vector<Shape> fixed = {};                       ///< leaves without gradient, such as targets
  /// Largest difference to the central difference, relative to the largest gradient of a leaf.
  double tolerance = 1e-3;
  float step = 1e-2F;  ///< of the central difference
  /// The first leaf's numbers stay this far from zero, all others below 1: where the op has a kink,
  /// no number comes within two steps of it.
  float away = 0;
  float fixed_away = 0;            ///< the same for the leaves without gradient
  std::string golden = "";         ///< file under tests/golden/ops with PyTorch's values
  double golden_tolerance = 1e-5;  ///< absolute, of numbers of size about 1
};

/// Runs every check of the case, with doctest's CHECKs.
void check_op(const OpCase& op, Exec& exec);

/// The same on a fresh CPU context.
void check_op(const OpCase& op);

/// Numbers for a test, the same on every machine: size in [away, away + 1), random sign.
std::vector<float> numbers(std::int64_t count, std::uint64_t seed, float away = 0);

/// A view's elements on the host, and back.
std::vector<float> read(Exec& exec, ConstView view);
void write(Exec& exec, View view, std::span<const float> data);

/// The largest |a - b|; infinite if the lengths differ or a NaN is among them.
double largest_difference(std::span<const float> a, std::span<const float> b);

}  // namespace cameo::test
