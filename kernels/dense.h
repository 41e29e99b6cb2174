// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "kernels/device.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// Sizes and options of a dense layer, y[n,o] = sum_i x[n,i] w[o,i] + b[o].
struct DenseSpec {
  int n = 1, in = 1, out = 1;
  bool wants_dx = true, wants_dw = true;
  bool constant_weights = false;  ///< the caller promises the same w at every forward
  bool keeps_f32 = false;         ///< on a CPU: products of float32 whatever its precision
};

/// Dense layer plan for one shape: algorithms picked, nothing allocated later.
class Dense {
 public:
  virtual ~Dense() = default;
  virtual std::size_t scratch_bytes() const = 0;
  /// x [n,in], w [out,in], b [out] -> y [n,out].
  virtual void forward(ConstView x, ConstView w, ConstView b, View y, View scratch) = 0;
  /// An empty gradient is not computed.
  virtual void backward(ConstView x, ConstView w, ConstView dy, Grad dx, Grad dw, Grad db,
                        View scratch) = 0;
  /// Names of the algorithms, as Conv2d's.
  virtual std::string algorithm_names() const = 0;
};

std::unique_ptr<Dense> make_dense(Cpu& on, const DenseSpec& spec);
/// Bytes of scratch that make_dense() would arrive at, or a little more, without timing or
/// allocating.
std::size_t estimate_dense_scratch(Cpu& on, const DenseSpec& spec);
std::size_t estimate_dense_scratch(Cuda& on, const DenseSpec& spec);
/// With cuBLASLt's products; element types as on's Precision says. `on` must outlive it.
std::unique_ptr<Dense> make_dense(Cuda& on, const DenseSpec& spec);

}  // namespace cameo::kernels
