// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "kernels/device.h"
#include "kernels/tensor.h"

namespace cameo {

/// Rows and columns of zeros around an image.
struct Pad {
  int top = 0, left = 0, bottom = 0, right = 0;
  /// Keras "same" for an input of `size` pixels a side: output ceil(size / stride), the odd pixel
  /// of padding at the bottom and right. 5x5 stride 2 on an even size: 1 before, 2 after.
  static Pad same(int size, int k, int stride) {
    const int out = (size + stride - 1) / stride;
    const int total = (out - 1) * stride + k - size;
    const int before = total > 0 ? total / 2 : 0, after = total > 0 ? total - before : 0;
    return {before, before, after, after};
  }
  bool operator==(const Pad&) const = default;
};

namespace kernels {

/// Shapes and options of a convolution.
struct Conv2dSpec {
  Shape x, w, y;  ///< NHWC; w is [O,KH,KW,C]
  int stride = 1;
  Pad pad;
  bool wants_dx = true, wants_dw = true;
  bool constant_weights = false;  ///< the caller promises the same w at every forward
};

/// Convolution plan for one shape: algorithms picked, nothing allocated later.
class Conv2d {
 public:
  virtual ~Conv2d() = default;
  virtual std::size_t scratch_bytes() const = 0;
  /// x [N,H,W,C], w [O,KH,KW,C] -> y [N,HO,WO,O].
  virtual void forward(ConstView x, ConstView w, View y, View scratch) = 0;
  /// The same, set or added to y.
  virtual void accumulate(ConstView x, ConstView w, Grad y, View scratch) = 0;
  /// dx like x, dw like w; an empty one is not computed.
  virtual void backward(ConstView x, ConstView w, ConstView dy, Grad dx, Grad dw, View scratch) = 0;
  /// Names of the algorithms, "forward tiles, dx tiles, dw gemm".
  virtual std::string algorithm_names() const = 0;
};

/// Algorithms: direct (oneDNN on NHWC), blocked (oneDNN's own layouts), winograd (oneDNN's, with
/// AVX-512 only), tiles (Winograd's of our own), gemm (im2col), narrow (few outputs). They are
/// timed once for each distinct spec that `on` meets; the fastest is noted in Autotuner::tuning.
/// With Precision::Bf16 also direct-bf16, blocked-bf16 and gemm-bf16: operands rounded to bfloat16,
/// sums and result float32.
std::unique_ptr<Conv2d> make_conv2d(Cpu& on, const Conv2dSpec& spec);
/// All their names: a choice made among fewer may be a poor one.
std::vector<std::string> conv2d_algorithms(Precision precision = Precision::F32);
/// Bytes of scratch that make_conv2d() would arrive at, or a little more, without timing or
/// allocating: of the known algorithm, else the most that any of them uses.
std::size_t estimate_conv2d_scratch(Cpu& on, const Conv2dSpec& spec);
/// The same for the known algorithm, else the most of cuDNN's first plan and our own kernels.
std::size_t estimate_conv2d_scratch(Cuda& on, const Conv2dSpec& spec);
/// Algorithms: cuDNN's execution plans ("30 2=7 13=1": engine and settings) and, for up to 12
/// channels on one side, our own kernels (narrow); timed and noted as the CPU's. Element types as
/// on's Precision says. `on` must outlive it.
std::unique_ptr<Conv2d> make_conv2d(Cuda& on, const Conv2dSpec& spec);

}  // namespace kernels
}  // namespace cameo
