// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/cpu/loops.h"

namespace cameo::kernels {

/// y = leaky(x + b) over one row of `width` channels.
void bias_leaky_row(const float* x, const float* b, float* y, int width, float slope);

/// g = leaky_grad(y, dy): adds it to `sums`, and writes it to dx (or adds) unless dx is nullptr.
void bias_leaky_grad_row(const float* y, const float* dy, float* dx, float* sums, int width,
                         float slope, bool add);

}  // namespace cameo::kernels
