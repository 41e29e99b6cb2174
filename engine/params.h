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

/// How a parameter starts.
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
  std::int64_t at = 0;  ///< offset in floats in the flat blocks
};

/// A stretch of the flat blocks, in floats.
struct Range {
  std::int64_t at = 0, count = 0;
};

/// All parameters of a model: a table, and weights and gradients each as one flat block.
/// Where the backend works in bfloat16, gradients are that and graphs read a rounded copy of the
/// weights; what is read, written and saved are the float32 weights.
/// Several graphs may share one store. Optimiser state is not here: it belongs to Adam.
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
  /// Draws initial values: the same for the same seed on every machine.
  void initialize(std::uint64_t seed);

  const std::vector<Param>& table() const { return table_; }
  /// Index of the parameter of that name. Throws Error if there is none.
  int find(std::string_view name) const;
  /// Sum of all parameters' elements.
  std::int64_t parameters() const;
  /// Length of a flat block in floats, padding between parameters included.
  std::int64_t floats() const { return total_; }

  /// What graphs read; of type().
  View weight(int index) const;
  /// Empty if allocated without gradients; of type().
  View grad(int index) const;
  /// Of the graphs over these parameters.
  DType type() const { return type_; }
  /// The flat block of float32 weights.
  float* weights() const { return weights_; }
  /// Weights and gradients from an offset of the flat blocks on, as an Adam wants them; the moments
  /// are its own.
  kernels::AdamArrays arrays(std::int64_t at) const;
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
