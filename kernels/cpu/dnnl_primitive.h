// SPDX-License-Identifier: MIT
#pragma once
#include <memory>
#include <string>
#include <vector>

#include <dnnl.hpp>

#include "kernels/conv2d.h"
#include "kernels/conv_pass.h"
#include "kernels/cpu/primitive.h"

// All that differs between oneDNN 2 (Debian 12: 2.6) and 3 (tried: 3.0, 3.2, 3.6) stands in
// dnnl_pass.cpp.

namespace cameo::kernels {

/// An array as we keep it and as the primitive wants it; they differ where a reorder is needed.
struct Layout {
  int arg = 0;  ///< DNNL_ARG_*
  dnnl::memory::desc plain, wanted;
};

/// A oneDNN primitive over two operands in and one out, with the reorders around it.
struct DnnlPlan {
  dnnl::primitive primitive;
  Layout a, b, out;
  std::size_t scratchpad_bytes = 0;
  std::string implementation;
};

/// Makes work of it. constant_b: b is packed at the first run and kept.
std::unique_ptr<Primitive> dnnl_primitive(DnnlPlan plan, bool constant_b);
Algorithm dnnl_algorithm(std::string name, DnnlPlan plan, bool constant_b);

/// The calling process's CPU engine.
const dnnl::engine& dnnl_cpu();

/// Layout of activations and algorithm that oneDNN is asked for.
enum class ConvForm { DirectNhwc, DirectBlocked, Winograd };

/// One pass of a convolution, or nothing where oneDNN has no such form for it. products: the type
/// that the operands are rounded to; the result is float32.
std::unique_ptr<DnnlPlan> dnnl_conv(const Conv2dSpec& spec, ConvPass pass, ConvForm form,
                                    DType products = DType::F32);

/// Sizes of a product out [m,n] = a [m,k] b [k,n], with the steps between rows and columns in
/// floats, so that either may be transposed.
struct Gemm {
  std::int64_t m = 0, n = 0, k = 0;
  std::int64_t a_row = 0, a_column = 1, b_row = 0, b_column = 1;
  std::int64_t batch = 1, a_batch = 0, b_batch = 0, out_batch = 0;
};

/// Throws dnnl::error where oneDNN has none of those products.
DnnlPlan dnnl_gemm(const Gemm& gemm, DType products = DType::F32);

/// Inner product of x [n,in] and w [out,in] with the weights packed as oneDNN likes. Throws
/// dnnl::error where it has none of those products.
DnnlPlan dnnl_dense(int n, int in, int out, ConvPass pass, DType products = DType::F32);

}  // namespace cameo::kernels
