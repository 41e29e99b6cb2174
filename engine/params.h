// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/exec.h"
#include "kernels/adam.h"
#include "kernels/tensor.h"

namespace cameo {

/// Distribution of a parameter's initial values.
enum class Init : std::uint8_t {
  Zeros,
  GlorotUniform,  ///< U(-l, l), l = sqrt(6 / (fan in + fan out)); Glorot and Bengio 2010
  HeUniform,      ///< U(-l, l), l = sqrt(6 / fan in): a signal keeps its size; He et al. 2015
};

/// One row of the table of parameters.
struct Param {
  std::string name;  ///< "encoder.conv1.weight"; parts before the first dot group them
  Shape shape;       ///< n = outputs, h x w = window, c = inputs; a bias is [1,1,1,C]
  Init init = Init::Zeros;
  std::int64_t at = 0;  ///< offset in the flat blocks, in elements
};

/// A stretch of the flat blocks, in elements.
struct Range {
  std::int64_t at = 0, count = 0;
};

/// Bytes of a store's blocks.
struct ParamMemory {
  std::size_t weights = 0;  ///< float32, and the bfloat16 copy where there is one
  std::size_t gradients = 0;
  std::size_t total() const { return weights + gradients; }
};

/// Parameters of a model: a table, and weights and gradients each as one flat block.
/// Where the backend computes in bfloat16, gradients are bfloat16 and graphs read a rounded copy of
/// the weights; what is read, written and saved are the float32 weights.
/// Several graphs may share a store, and a graph may use several. State of optimizers is theirs.
class ParamStore {
 public:
  explicit ParamStore(Exec& exec);
  ~ParamStore() = default;
  ParamStore(const ParamStore&) = delete;
  ParamStore& operator=(const ParamStore&) = delete;

  /// Adds a row. All rows come before allocate(). Throws Error if the name is taken.
  int add(std::string name, Shape shape, Init init);
  /// Allocates the blocks; gradients only if `with_gradients`.
  void allocate(bool with_gradients = true);
  /// What allocate() takes; known before it is called.
  ParamMemory memory(bool with_gradients = true) const;
  /// Random initial values, the same for the same seed on every machine.
  void initialize(std::uint64_t seed);

  const std::vector<Param>& table() const { return table_; }
  bool contains(std::string_view name) const;
  /// Index of the parameter of that name. Throws Error if there is none.
  int find(std::string_view name) const;
  /// Sum of all parameters' elements.
  std::int64_t parameters() const;
  /// Length of a flat block in elements, padding between parameters included.
  std::int64_t floats() const { return total_; }

  /// What graphs read of a parameter; of type().
  View weight(int index) const;
  /// A parameter's gradient, of type(); empty if allocated without gradients.
  View grad(int index) const;
  /// Gradients of a range as one row, of type(), for what works on all of them, such as an
  /// all-reduce; empty if allocated without gradients.
  View grads(Range range) const;
  /// Element type of gradients and of the weights that graphs read.
  DType type() const { return type_; }
  /// The flat block of float32 weights.
  float* weights() const { return weights_; }
  /// Weights and gradients from an offset of the flat blocks on, for Adam, which adds its moments.
  kernels::AdamArrays arrays(std::int64_t at) const;
  /// All parameters.
  Range all() const { return {0, total_}; }
  /// The stretch that holds every parameter whose name begins with `prefix`.
  /// Throws Error if there is none or they are not neighbours.
  Range range(std::string_view prefix) const;

  /// Copies one parameter's float32 weights from and to the host, shape.size() floats.
  std::vector<float> read(int index) const;
  void write(int index, const float* host);

  Exec& exec() const { return exec_; }

 private:
  View master(int index) const;
  View part(const Memory& block, const Param& p) const;

  Exec& exec_;
  std::vector<Param> table_;
  DType type_;
  std::int64_t total_ = 0;
  Memory weight_memory_, grad_memory_, copy_memory_;
  float* weights_ = nullptr;
};

}  // namespace cameo
