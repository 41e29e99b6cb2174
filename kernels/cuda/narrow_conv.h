// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <optional>

#include "kernels/conv2d.h"
#include "kernels/conv_pass.h"
#include "kernels/cuda/context.h"

namespace cameo::kernels {

/// A convolution between an image of few channels, the narrow side, and a map of many, the wide
/// one. Wide pixel (r, p) meets the narrow pixels (stride r - top + j, stride p - left + i) for
/// i, j < k.
struct NarrowGeometry {
  Shape narrow, wide;  ///< NHWC
  int k = 0;           ///< side of the window
  int stride = 1;      ///< of wide pixels over narrow ones
  int top = 0, left = 0;
  /// Where the narrow side is the output the weights are [narrow,k,k,wide] and their window is
  /// turned round; else [wide,k,k,narrow].
  bool turned = false;
};

/// Products of a pass on tensor cores: bfloat16 with sums in float32, or TF32, or float32 as three
/// TF32 products of each number's leading and following bits.
struct NarrowPass {
  NarrowGeometry g;
  ConvPass pass = ConvPass::Forward;
  Precision precision = Precision::Tf32;
};

/// A pass of a convolution by our own kernels, which read and write each pixel of the wide side
/// about once: cuDNN's engines for 3 channels, brought up to 8, are bound by what they compute.
class NarrowConv {
 public:
  /// Nothing where no kernel fits: they take 1 to 12 channels on one side and 16 to 128, in steps
  /// of 16, on the other, windows of 3x3 and 5x5, stride 1, or 2 where the input is narrow, no
  /// gradient of a narrow input, and rows of whole 16 bytes.
  static std::optional<NarrowConv> make(const Cuda& on, const Conv2dSpec& spec, ConvPass pass);

  static constexpr const char* kName = "narrow";
  std::size_t workspace_bytes() const { return workspace_bytes_; }
  /// Sets the array that the pass leads to. Like their gradients, x, w and y are aligned to 16
  /// bytes, as is the workspace.
  void run(Cuda& on, const void* x, const void* w, const void* y, void* workspace) const;

 private:
  NarrowPass pass_;
  std::size_t workspace_bytes_ = 0;
};

/// y [N,H,W,o] = x [N,H,W,C] (times) w, stride 1: reads each row of x once for all rows of y that
/// need it. top, left: rows and columns of zeros before x.
struct GatherArgs {
  const void *x, *w;
  void* y;
  Shape in, out;
  int k, top, left;
};
bool can_gather(Precision precision, const GatherArgs& args);
void narrow_gather(Cuda& on, Precision precision, const GatherArgs& args);

/// wide = narrow (times) w.
bool can_spread(const NarrowPass& pass);
void narrow_spread(Cuda& on, const NarrowPass& pass, const void* narrow, const void* w, void* wide);

/// dw from both sides; parts: narrow_grad_bytes() of workspace, sums of single blocks, which are
/// added in their order.
bool can_grad(const NarrowPass& pass);
std::size_t narrow_grad_bytes(const Cuda& on, const NarrowPass& pass);
void narrow_grad(Cuda& on, const NarrowPass& pass, const void* narrow, const void* wide, void* dw,
                 void* parts);

}  // namespace cameo::kernels
