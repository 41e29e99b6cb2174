// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

#include "kernels/tensor.h"

namespace cameo::kernels::winograd {

// F(4x4, 3x3): a tile of 4 x 4 outputs reads 6 x 6 inputs and becomes, as the weights do, 36
// points, at which a convolution is a product.
constexpr int kOut = 4, kTaps = 3, kIn = kOut + kTaps - 1, kPoints = kIn * kIn;

/// Channels that are transformed side by side.
constexpr int kSide = 16;

struct Range {
  std::int64_t begin, end;
  std::int64_t size() const { return end - begin; }
};

/// A batch of images, [N,H,W,C], cut into tiles. Every step-th row and column, from one of
/// step * step phases on, makes an image of its own, and its channels count one after the other:
/// C of phase 0, C of phase 1 and so on. A tile begins at row 4i, column 4j of each.
template <class Float>
struct Tiled {
  Float* data;
  Shape shape;
  int step;
  int tiles_high, tiles_wide;
};

/// The weights of one output, [side,side,C], as a 3x3 for each phase of the input.
struct Filter {
  int side, channels, step;
  std::int64_t size() const { return std::int64_t{side} * side * channels; }
};

// Each of these writes, or reads, point p of channel c at p * apart + c - channels.begin.

/// What the filter reads to make a tile of output: rows and columns -1 to 4 of the tile.
void bring_input(const Tiled<const float>& x, std::int64_t tile, Range channels, float* to,
                 std::int64_t apart);
/// The gradient of a tile of output, for the gradient of the weights.
void bring_gradient(const Tiled<const float>& dy, std::int64_t tile, Range channels, float* to,
                    std::int64_t apart);
/// A tile of output from its points.
void reorder_out(const float* from, std::int64_t apart, const Tiled<float>& y, std::int64_t tile,
                 Range channels);
/// `flipped` by half a turn, as the gradient meets the weights on its way to the input.
void bring_filter(const Filter& f, const float* weights, Range channels, bool flipped, float* to,
                  std::int64_t apart);
/// The gradient of the weights of one output from its points, all channels.
void bring_filter_out(const float* from, std::int64_t apart, const Filter& f, float* weights);

}  // namespace cameo::kernels::winograd
