// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/conv2d.h"
#include "kernels/cpu/dnnl_primitive.h"
#include "kernels/cpu/primitive.h"

namespace cameo::kernels {

/// Whether narrow_conv pays: stride 1 and far fewer outputs than inputs.
bool is_narrow(const Conv2dSpec& spec);

/// A convolution to few channels (a network's last, to three colours). Other algorithms leave most
/// of a vector register empty there. Here every tap of every output is one column of a product over
/// the pixels, and the taps are summed, or spread, afterwards.
std::unique_ptr<Primitive> narrow_conv(const Conv2dSpec& spec, ConvPass pass);

}  // namespace cameo::kernels
