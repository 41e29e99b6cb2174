// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/conv2d.h"
#include "kernels/cpu/dnnl_primitive.h"
#include "kernels/cpu/primitive.h"

namespace cameo::kernels {

/// A convolution as one matrix product over the unfolded input: fast where an image has few pixels
/// and the weights are large, since these stay unpacked.
std::unique_ptr<Primitive> im2col_conv(const Conv2dSpec& spec, ConvPass pass,
                                       DType products = DType::F32);

/// Bytes of the unfolded input.
std::size_t im2col_bytes(const Conv2dSpec& spec);

}  // namespace cameo::kernels
