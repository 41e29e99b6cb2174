// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <vector>

#include "kernels/conv2d.h"
#include "kernels/conv_pass.h"
#include "kernels/cuda/context.h"

namespace cameo::kernels {

/// Fills a tensor, aligned to 16 bytes, with random numbers from -1 to 1, the same for a seed. All
/// have 8 bits, so that no precision rounds a factor.
void fill_random(Cuda& on, View to, std::uint64_t seed);

/// An element of a convolution's result beside the sum that it should be.
struct ConvSample {
  Shape at;  ///< its coordinates
  float got = 0, wanted = 0;
  float norm = 0;  ///< Euclidean, of the products that are summed
};

/// Elements of the array that a pass leads to, beside sums of their own by the definition, in
/// float32: all corners, which have the first and last taps, rows, images and channels, elements of
/// edges, and others. Waits for the device.
std::vector<ConvSample> sample_conv(Cuda& on, const Conv2dSpec& spec, ConvPass pass, ConstView x,
                                    ConstView w, ConstView y);

/// Whether an element is the sum, but for what rounding explains where the factors are
/// fill_random()'s. A tap or row left out is 3 or more times what is allowed.
bool is_right(const ConvSample& sample, Precision precision);

}  // namespace cameo::kernels
