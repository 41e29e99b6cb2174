// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <cstdint>

#include "base/host_device.h"
#include "base/philox.h"
#include "kernels/augment.h"
#include "kernels/face_crop.h"
#include "kernels/trig.h"

// Random images for training: one set of formulas for every device.
//
// Only + - * / and sqrt are used, which IEEE 754 rounds in one way; sin, cos and log are
// polynomials of ours. A file that includes this header must be compiled without fusing multiply
// and add (g++ -ffp-contract=off, nvcc -fmad=false): then the same seed draws the same bits
// everywhere.
//
// Lengths are told for faces of 256 pixels and images of 64, as in the article's system. For
// faces of side P all lengths in the face grow by P / 256; for images of side S the same part of
// the face is sampled S times instead of 64 times, so that input and target stay half an S-pixel
// apart.

namespace cameo::kernels {

constexpr int kNodes = 5;  ///< nodes of the warp along a side
constexpr int kNodeCount = kNodes * kNodes;
constexpr std::uint32_t kColorBlock = 2 + (kNodeCount + 1) / 2;
constexpr double kWarpSigma = 5.0 / 256;  ///< of the face's side
constexpr double kTurn = 10.0 / 360, kZoom = 0.05, kShift = 0.05;
constexpr double kTint = 0.15, kContrast = 0.25, kBrightness = 0.1;
constexpr int kColors = 3;
constexpr double kMostContrast = 2;  ///< of a color transfer, and its inverse the least

/// Natural logarithm of (bits + 1) / 2^32, which lies in (0, 1]; off by less than 1e-15 of its
/// value or 3e-16. Source: ln m = 2 artanh((m - 1) / (m + 1)) with m in [0.7, 1.4).
CAMEO_HD inline double log_unit(std::uint32_t bits) {
  double m = (static_cast<double>(bits) + 1) / 4294967296.0;
  int halvings = 0;
  while (m < 0.70710678118654752) {
    m = m * 2;
    ++halvings;
  }
  const double s = (m - 1) / (m + 1), z = s * s;
  double sum = 1.0 / 23;
  for (int k = 21; k >= 3; k -= 2) sum = sum * z + 1.0 / k;
  return 2 * s + 2 * s * (z * sum) - halvings * 0.69314718055994531;
}

/// The random numbers of one sample, in the order in which the article's system draws them.
struct AugmentDraws {
  double turn = 0;  ///< counterclockwise on the screen, in turns
  double scale = 1;
  double shift_x = 0, shift_y = 0;  ///< of the face's side
  bool mirror = false;
  double gain[kColors] = {1, 1, 1};  ///< a color's in 0..1, before the offset
  double offset[kColors] = {};
  bool transfer = false;               ///< of another face's colors
  std::uint32_t partner = 0;           ///< that face, of 2^32
  double normal[2 * kNodeCount] = {};  ///< times the strength: x of all nodes, then y of all
};

/// Block `index` of a sample's random numbers. Philox counter: low half the iteration, high half 01
/// (two bits that set these numbers apart from those of weights and orders of faces), 30 bits of
/// sample, 32 bits of block.
CAMEO_HD inline Philox4 sample_block(std::uint64_t seed, std::uint64_t iteration,
                                     std::uint32_t sample, std::uint32_t index) {
  const std::uint64_t high = std::uint64_t{0x40000000U | (sample & 0x3FFFFFFFU)} << 32 | index;
  return philox(iteration, high, seed);
}

/// Draws a contrast about the middle, a gain of each color and a brightness: what is left of block
/// 1, and the block behind the normal numbers'.
CAMEO_HD inline void draw_color(const Philox4& left, const Philox4& last, double strength,
                                AugmentDraws* draws) {
  const double unit = 1.0 / 4294967296.0;
  const double contrast = 1 + strength * kContrast * (2 * (last[0] * unit) - 1);
  const double brightness = strength * kBrightness * (2 * (last[1] * unit) - 1);
  for (int c = 0; c < kColors; ++c)
    draws->gain[c] = contrast * (1 + strength * kTint * (2 * (left[c + 1] * unit) - 1));
  for (double& offset : draws->offset) offset = (1 - contrast) / 2 + brightness;
}

/// Draws all but the normal numbers: blocks 0, 1 and kColorBlock.
CAMEO_HD inline void draw_placement(std::uint64_t seed, std::uint64_t iteration,
                                    std::uint32_t sample, const AugmentStrength& strength,
                                    AugmentDraws* draws) {
  const double unit = 1.0 / 4294967296.0;
  const Philox4 first = sample_block(seed, iteration, sample, 0);
  const Philox4 second = sample_block(seed, iteration, sample, 1);
  const double far = strength.placement;
  draws->turn = far * kTurn * (2 * (first[0] * unit) - 1);
  draws->scale = 1 + far * kZoom * (2 * (first[1] * unit) - 1);
  draws->shift_x = far * kShift * (2 * (first[2] * unit) - 1);
  draws->shift_y = far * kShift * (2 * (first[3] * unit) - 1);
  draws->mirror = second[0] * unit < strength.mirror;
  const Philox4 last = sample_block(seed, iteration, sample, kColorBlock);
  draw_color(second, last, strength.color, draws);
  draws->transfer = last[2] * unit < strength.transfer;
  draws->partner = last[3];
}

/// Gives sample n the colors of another face, where its draws say so; before its own change of
/// color. Source: Reinhard et al. 2001, doi:10.1109/38.946629, in the colors of the images.
CAMEO_HD inline void transfer_tone(const ToneTransfer& tones, std::int64_t n, AugmentDraws* draws) {
  if (!draws->transfer || tones.own == nullptr || tones.others <= 0) return;
  const std::int32_t face = tones.faces[n];
  if (face < 0 || face >= tones.owned) return;
  const Tone& own = tones.own[face];
  const Tone& other =
      tones.other[(std::uint64_t{draws->partner} * static_cast<std::uint32_t>(tones.others)) >> 32];
  for (int c = 0; c < kColors; ++c) {
    const double from = own.deviation[c], to = other.deviation[c];
    double contrast = kMostContrast;
    if (to < from * kMostContrast)
      contrast = to > from / kMostContrast ? to / from : 1 / kMostContrast;
    const double shift = other.mean[c] - contrast * own.mean[c];
    draws->offset[c] = draws->offset[c] + draws->gain[c] * shift;
    draws->gain[c] = draws->gain[c] * contrast;
  }
}

/// Draws normal numbers 2 pair and 2 pair + 1, from half of block 2 + pair / 2, times `warp`.
/// Source: Box and Muller 1958: two uniform numbers make two independent normal ones.
CAMEO_HD inline void draw_normals(std::uint64_t seed, std::uint64_t iteration, std::uint32_t sample,
                                  int pair, double warp, AugmentDraws* draws) {
  const Philox4 block =
      sample_block(seed, iteration, sample, 2 + static_cast<std::uint32_t>(pair / 2));
  const bool upper = pair % 2 != 0;
  const double radius = warp * std::sqrt(-2 * log_unit(upper ? block[2] : block[0]));
  double sine = 0, cosine = 0;
  sincos_turns((upper ? block[3] : block[1]) * (1.0 / 4294967296.0), &sine, &cosine);
  double* const normal = draws->normal + std::int64_t{2} * pair;
  normal[0] = radius * cosine;
  normal[1] = radius * sine;
}

/// Draws all of them.
CAMEO_HD inline AugmentDraws draw_sample(std::uint64_t seed, std::uint64_t iteration,
                                         std::uint32_t sample,
                                         const AugmentStrength& strength = {}) {
  AugmentDraws draws;
  draw_placement(seed, iteration, sample, strength, &draws);
  for (int pair = 0; pair < kNodeCount; ++pair)
    draw_normals(seed, iteration, sample, pair, strength.warp, &draws);
  return draws;
}

/// How one sample reads its face. Pixel centres lie at integers, x to the right, y down.
template <class Number>
struct WarpOf {
  Number face[6];    ///< 2x3: from the placed image (side P, like the face) to the face
  Number target[6];  ///< 2x3: from pixels of the target to the placed image
  Number node_x[kNodeCount], node_y[kNodeCount];  ///< where the 5x5 nodes lie in the placed image
  Number gain[kColors], offset[kColors];          ///< of colors in 0..1
};
using Warp = WarpOf<float>;

/// The nodes before they are rounded.
struct NodePlaces {
  double x[kNodeCount], y[kNodeCount];
};

/// From the placed image to the face: the inverse of a rotation by `turn` and a scaling about
/// (P/2, P/2), then the shift, with the mirror that follows folded in; and the colors. stride:
/// FaceBlock's; pixel k lies on pixel k * stride of the original, and so must it in the mirror.
template <class Number>
CAMEO_HD inline void set_face_matrix(const AugmentDraws& draws, int side, int stride,
                                     WarpOf<Number>* warp) {
  double sine = 0, cosine = 0;
  sincos_turns(draws.turn, &sine, &cosine);
  const double a = cosine / draws.scale, b = sine / draws.scale;
  const int middle = side / 2;
  const double centre = middle;
  const double from_x = centre + draws.shift_x * side, from_y = centre + draws.shift_y * side;
  const double flip = draws.mirror ? -1.0 : 1.0, start = draws.mirror ? side - 1.0 / stride : 0.0;
  warp->face[0] = static_cast<Number>(flip * a);
  warp->face[1] = static_cast<Number>(-b);
  warp->face[2] = static_cast<Number>(centre + a * (start - from_x) + b * from_y);
  warp->face[3] = static_cast<Number>(flip * b);
  warp->face[4] = static_cast<Number>(a);
  warp->face[5] = static_cast<Number>(centre + b * (start - from_x) - a * from_y);
  for (int c = 0; c < kColors; ++c) {
    warp->gain[c] = static_cast<Number>(draws.gain[c]);
    warp->offset[c] = static_cast<Number>(draws.offset[c]);
  }
}

/// From target pixels to the placed image: the inverse of the similarity of least squared error
/// that takes the nodes to the grid 0, S/4, ..., S.
/// Source: Umeyama 1991, doi:10.1109/34.88573; in the plane it has this closed form.
template <class Number>
CAMEO_HD inline void set_target_matrix(const double* x, const double* y, int size,
                                       WarpOf<Number>* warp) {
  double mean_x = 0, mean_y = 0;
  for (int i = 0; i < kNodeCount; ++i) {
    mean_x += x[i];
    mean_y += y[i];
  }
  mean_x = mean_x / kNodeCount;
  mean_y = mean_y / kNodeCount;
  const double step = size / 4.0, middle = size / 2.0;
  double along = 0, across = 0, spread = 0;
  for (int i = 0; i < kNodeCount; ++i) {
    const double u = x[i] - mean_x, v = y[i] - mean_y;
    const int column = i % kNodes, row = i / kNodes;
    const double p = column * step - middle, q = row * step - middle;
    along += u * p + v * q;
    across += u * q - v * p;
    spread += u * u + v * v;
  }
  const double square = along * along + across * across;
  const double a = along * spread / square, b = across * spread / square;
  warp->target[0] = static_cast<Number>(a);
  warp->target[1] = static_cast<Number>(b);
  warp->target[2] = static_cast<Number>(mean_x - (a + b) * middle);
  warp->target[3] = static_cast<Number>(-b);
  warp->target[4] = static_cast<Number>(a);
  warp->target[5] = static_cast<Number>(mean_y - (a - b) * middle);
}

/// Puts node i of the warp where it lies in the placed image; coverage: the share of the face's
/// side that an image shows.
CAMEO_HD inline void set_node(const AugmentDraws& draws, int side, double coverage, int i,
                              NodePlaces* nodes) {
  const double first = side * (1 - coverage) / 2, step = side * coverage / (kNodes - 1);
  const int column = i % kNodes, row = i / kNodes;
  nodes->x[i] = first + step * column + side * kWarpSigma * draws.normal[i];
  nodes->y[i] = first + step * row + side * kWarpSigma * draws.normal[kNodeCount + i];
}

/// side: of the faces, P; size: of the images, S; coverage: the share of P that S shows; stride:
/// FaceBlock's.
template <class Number = float>
CAMEO_HD inline WarpOf<Number> make_warp(const AugmentDraws& draws, int side, int size,
                                         double coverage = kFaceShare, int stride = 1) {
  WarpOf<Number> warp{};
  NodePlaces nodes;
  for (int i = 0; i < kNodeCount; ++i) {
    set_node(draws, side, coverage, i, &nodes);
    warp.node_x[i] = static_cast<Number>(nodes.x[i]);
    warp.node_y[i] = static_cast<Number>(nodes.y[i]);
  }
  set_face_matrix(draws, side, stride, &warp);
  set_target_matrix(nodes.x, nodes.y, size, &warp);
  return warp;
}

/// One pixel, blue, green, red, as plain numbers. The formulas below take any type that has + - *
/// and load_pixel, so that a CPU may hold a pixel in one register; every type yields the same bits.
struct Bgr {
  float v[3];
};

CAMEO_HD inline Bgr operator+(Bgr a, Bgr b) {
  return {{a.v[0] + b.v[0], a.v[1] + b.v[1], a.v[2] + b.v[2]}};
}
CAMEO_HD inline Bgr operator-(Bgr a, Bgr b) {
  return {{a.v[0] - b.v[0], a.v[1] - b.v[1], a.v[2] - b.v[2]}};
}
CAMEO_HD inline Bgr operator*(Bgr a, float s) {
  return {{a.v[0] * s, a.v[1] * s, a.v[2] * s}};
}

/// Three bytes as a pixel, 0..255.
CAMEO_HD inline void load_pixel(const std::uint8_t* from, Bgr* pixel) {
  *pixel = {
      {static_cast<float>(from[0]), static_cast<float>(from[1]), static_cast<float>(from[2])}};
}

/// A face and how a sample reads it.
struct Reader {
  const std::uint8_t* face;  ///< [side,side,3]
  int side;
  Warp warp;
};

/// The face at a point, bilinear, 0..255; beyond the edge its outermost pixels go on.
template <class Pixel>
CAMEO_HD inline Pixel face_at(const Reader& from, float x, float y) {
  const auto last = static_cast<float>(from.side - 1);
  x = x > 0 ? x : 0;
  y = y > 0 ? y : 0;
  x = x < last ? x : last;
  y = y < last ? y : last;
  const int column = static_cast<int>(x), row = static_cast<int>(y);
  const int right = column < from.side - 1 ? 3 : 0, below = row < from.side - 1 ? 3 * from.side : 0;
  const std::uint8_t* p = from.face + 3 * (static_cast<std::int64_t>(row) * from.side + column);
  const float u = x - static_cast<float>(column), v = y - static_cast<float>(row);
  Pixel p00, p10, p01, p11;
  load_pixel(p, &p00);
  load_pixel(p + right, &p10);
  load_pixel(p + below, &p01);
  load_pixel(p + below + right, &p11);
  const Pixel upper = p00 + (p10 - p00) * u, lower = p01 + (p11 - p01) * u;
  return upper + (lower - upper) * v;
}

/// One pixel of the placed image, 0..255; black outside of it.
template <class Pixel>
CAMEO_HD inline Pixel placed_pixel(const Reader& from, int column, int row) {
  if (column < 0 || row < 0 || column >= from.side || row >= from.side) return Pixel{};
  const float* m = from.warp.face;
  const auto x = static_cast<float>(column), y = static_cast<float>(row);
  return face_at<Pixel>(from, m[0] * x + m[1] * y + m[2], m[3] * x + m[4] * y + m[5]);
}

/// The placed image at a point, bilinear, 0..1. The article's system makes the placed image
/// first; here each of the four pixels wanted is made when it is wanted.
template <class Pixel>
CAMEO_HD inline Pixel placed_at(const Reader& from, float x, float y) {
  const int column = static_cast<int>(x) - (x < 0 ? 1 : 0);
  const int row = static_cast<int>(y) - (y < 0 ? 1 : 0);
  const float u = x - static_cast<float>(column), v = y - static_cast<float>(row);
  const Pixel p00 = placed_pixel<Pixel>(from, column, row);
  const Pixel p10 = placed_pixel<Pixel>(from, column + 1, row);
  const Pixel p01 = placed_pixel<Pixel>(from, column, row + 1);
  const Pixel p11 = placed_pixel<Pixel>(from, column + 1, row + 1);
  const Pixel upper = p00 + (p10 - p00) * u, lower = p01 + (p11 - p01) * u;
  return (upper + (lower - upper) * v) * (1.0F / 255);
}

/// Pixel (column, row) of the bent input of side `size`. The maps of the nodes, enlarged to 5/4 S
/// and cut to their middle S pixels, read node (4 k + 2) / S at pixel k.
template <class Pixel>
CAMEO_HD inline Pixel sample_input(const Reader& from, int size, int column, int row) {
  const float x = static_cast<float>(4 * column + 2) / static_cast<float>(size);
  const float y = static_cast<float>(4 * row + 2) / static_cast<float>(size);
  const int i = static_cast<int>(x), j = static_cast<int>(y);
  const float u = x - static_cast<float>(i), v = y - static_cast<float>(j);
  const int first = j * kNodes + i;
  const float* px = from.warp.node_x + first;
  const float* py = from.warp.node_y + first;
  const float upper_x = px[0] + u * (px[1] - px[0]);
  const float lower_x = px[kNodes] + u * (px[kNodes + 1] - px[kNodes]);
  const float upper_y = py[0] + u * (py[1] - py[0]);
  const float lower_y = py[kNodes] + u * (py[kNodes + 1] - py[kNodes]);
  return placed_at<Pixel>(from, upper_x + v * (lower_x - upper_x),
                          upper_y + v * (lower_y - upper_y));
}

/// Pixel (column, row) of the target.
template <class Pixel>
CAMEO_HD inline Pixel sample_target(const Reader& from, int column, int row) {
  const float* m = from.warp.target;
  const auto x = static_cast<float>(column), y = static_cast<float>(row);
  return placed_at<Pixel>(from, m[0] * x + m[1] * y + m[2], m[3] * x + m[4] * y + m[5]);
}

/// A color of a pixel, 0..1, as a sample shows it. Without a change it stays as it is, to the bit.
CAMEO_HD inline float colored(const Warp& warp, int c, float v) {
  v = v * warp.gain[c] + warp.offset[c];
  return v < 0 ? 0 : v > 1 ? 1 : v;
}

/// A pixel of a mask and its weight in a loss, of face, eyes and mouth in 0..1.
struct MaskedPixel {
  float mask, weight;
};

CAMEO_HD inline MaskedPixel masked_pixel(float face, float eyes, float mouth,
                                         const MaskWeights& parts) {
  // A feature reaches beyond the face only where the mask is not known, and there by 1.
  if (eyes > face + 0.5F) return {-1, 1};
  const float inside = face < 0.5F ? 2 * face : 1.0F;
  return {face, parts.outside + (1 - parts.outside) * inside + (parts.eyes - 1) * eyes +
                    (parts.mouth - 1) * mouth};
}

}  // namespace cameo::kernels
