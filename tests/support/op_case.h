// SPDX-License-Identifier: MIT
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/graph.h"

namespace cameo::test {

/// One op under test, on any backend: its shape, its gradients against finite differences and with
/// memory poisoned before, gradients that are added instead of set, inputs that want none, replay
/// of a recorded run, guard words, PyTorch's values. On a GPU also each number against the CPU's.
struct OpCase {
  std::string name;
  std::vector<Shape> wants;                            ///< leaves whose gradients are checked
  Shape out;                                           ///< the shape the op must yield
  std::function<Value(std::span<const Value>)> build;  ///< from `wants`, then `fixed`
  std::vector<Shape> fixed = {};                       ///< leaves without gradient, such as targets
  /// Largest difference to the central difference, relative to the largest gradient of a leaf.
  double tolerance = 1e-3;
  float step = 1e-2F;  ///< of the central difference
  /// The first leaf's elements stay this far from zero, all others below 1: where the op has a
  /// kink, no element comes within two steps of it.
  float away = 0;
  float fixed_away = 0;            ///< the same for the leaves without gradient
  std::string golden = "";         ///< file under tests/golden/ops with PyTorch's values
  double golden_tolerance = 1e-5;  ///< absolute, of numbers of size about 1
  /// Algorithms of the CPU, each forced in turn; where empty, the fastest is taken.
  std::vector<std::string> algorithms = {};
};

/// Runs every check of the case on one backend, with doctest's CHECKs.
void check_op(const OpCase& op, Exec& exec);

/// The same on every backend of the test program: op_case_cpu.cpp, op_case_cuda.cpp.
void check_op(const OpCase& op);

/// Calls `test` with each backend of the test program; on a GPU in float32 and in bfloat16.
void each_backend(const std::function<void(Exec&)>& test);

/// Random elements, the same on every machine: size in [away, away + 1), random sign.
std::vector<float> numbers(std::int64_t count, std::uint64_t seed, float away = 0);

/// A view's elements on the host, and back.
std::vector<float> read(Exec& exec, ConstView view);
void write(Exec& exec, View view, std::span<const float> data);

/// The largest |a - b|; infinite if the lengths differ or a NaN is among them.
double largest_difference(std::span<const float> a, std::span<const float> b);

}  // namespace cameo::test
