// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/conv2d.h"
#include "kernels/conv_pass.h"
#include "kernels/cpu/primitive.h"

namespace cameo::kernels {

/// Whether winograd_conv computes it: 3x3 with stride 1 or 5x5 with stride 2, one pixel of padding
/// at the top and left, and what is kept between its steps small enough to stay near the cores.
bool is_winograd(const Conv2dSpec& spec, ConvPass pass);

/// Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray 2015, arXiv:1509.09308): 36
/// multiplications for 4 x 4 outputs instead of 144. Of 5x5 with stride 2, the even and the odd
/// rows and columns of the input count as four images, each filtered by the 3x3 of the weights
/// that meets it: 144 instead of 400. float32 loses about one of its seven digits.
std::unique_ptr<Primitive> winograd_conv(const Conv2dSpec& spec, ConvPass pass);

}  // namespace cameo::kernels
