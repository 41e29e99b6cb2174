// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "kernels/augment_math.h"

// Augmentation the long way round, in doubles: the placed image first, then a second resampling,
// the maps enlarged as wholes, the similarity by its normal equations.
namespace cameo::test {

using kernels::AugmentDraws;

/// [h][w][3] doubles.
struct Image {
  int side = 0;
  std::vector<double> v;
  explicit Image(int s) : side(s), v(static_cast<std::size_t>(s) * s * 3) {}
  double& at(int x, int y, int c) { return v[(static_cast<std::size_t>(y) * side + x) * 3 + c]; }
  double at(int x, int y, int c) const {
    return v[(static_cast<std::size_t>(y) * side + x) * 3 + c];
  }
};

enum class Edge { Replicate, Black };

inline double bilinear(const Image& from, double x, double y, int c, Edge edge) {
  const int x0 = static_cast<int>(std::floor(x)), y0 = static_cast<int>(std::floor(y));
  double sum = 0;
  for (int j = 0; j < 2; ++j) {
    for (int i = 0; i < 2; ++i) {
      int px = x0 + i, py = y0 + j;
      const bool inside = px >= 0 && py >= 0 && px < from.side && py < from.side;
      if (!inside && edge == Edge::Black) continue;
      px = std::clamp(px, 0, from.side - 1);
      py = std::clamp(py, 0, from.side - 1);
      sum +=
          (i != 0 ? x - x0 : 1 - (x - x0)) * (j != 0 ? y - y0 : 1 - (y - y0)) * from.at(px, py, c);
    }
  }
  return sum;
}

using Matrix = std::array<double, 6>;

inline Matrix inverse(const Matrix& m) {
  const double det = m[0] * m[4] - m[1] * m[3];
  return {m[4] / det,  -m[1] / det, (m[1] * m[5] - m[4] * m[2]) / det,
          -m[3] / det, m[0] / det,  (m[3] * m[2] - m[0] * m[5]) / det};
}

inline Image warp_affine(const Image& from, const Matrix& forward, int side, Edge edge) {
  const Matrix m = inverse(forward);
  Image to(side);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      for (int c = 0; c < 3; ++c) {
        to.at(x, y, c) =
            bilinear(from, m[0] * x + m[1] * y + m[2], m[3] * x + m[4] * y + m[5], c, edge);
      }
    }
  }
  return to;
}

/// The first step: the whole rotated, shifted and mirrored image.
inline Image placed_image(const Image& face, const AugmentDraws& draws) {
  const double angle = draws.turn * 2 * M_PI, centre = face.side * 0.5;
  const double a = draws.scale * std::cos(angle), b = draws.scale * std::sin(angle);
  const Matrix m{a,  b, (1 - a) * centre - b * centre + draws.shift_x * face.side,
                 -b, a, b * centre + (1 - a) * centre + draws.shift_y * face.side};
  Image placed = warp_affine(face, m, face.side, Edge::Replicate);
  if (!draws.mirror) return placed;
  Image mirrored(face.side);
  for (int y = 0; y < face.side; ++y) {
    for (int x = 0; x < face.side; ++x) {
      for (int c = 0; c < 3; ++c) mirrored.at(x, y, c) = placed.at(face.side - 1 - x, y, c);
    }
  }
  return mirrored;
}

/// A 5x5 map enlarged to 5/4 size with half-pixel centres, then cut to its middle.
inline double enlarged(const std::array<double, 25>& map, int size, int column, int row) {
  const int whole = size * 5 / 4, cut = size / 8;
  const auto place = [&](int k) { return std::clamp((k + cut + 0.5) * 5 / whole - 0.5, 0.0, 4.0); };
  const double x = place(column), y = place(row);
  const int i = std::min(static_cast<int>(x), 3), j = std::min(static_cast<int>(y), 3);
  const double u = x - i, v = y - j;
  return (1 - v) * ((1 - u) * map[j * 5 + i] + u * map[j * 5 + i + 1]) +
         v * ((1 - u) * map[j * 5 + 5 + i] + u * map[j * 5 + 6 + i]);
}

/// Similarity [a -b tx; b a ty] of least squared error by its normal equations.
inline Matrix fitted(const std::array<double, 25>& x, const std::array<double, 25>& y,
                     double step) {
  double m[4][5] = {};
  for (int i = 0; i < 25; ++i) {
    const int column = i % 5, row = i / 5;
    const double rows[2][5] = {{x[i], -y[i], 1, 0, column * step}, {y[i], x[i], 0, 1, row * step}};
    for (const auto& r : rows) {
      for (int p = 0; p < 4; ++p) {
        for (int q = 0; q < 5; ++q) m[p][q] += r[p] * r[q];
      }
    }
  }
  for (int p = 0; p < 4; ++p) {
    for (int r = 0; r < 4; ++r) {
      if (r == p) continue;
      const double factor = m[r][p] / m[p][p];
      for (int q = 0; q < 5; ++q) m[r][q] -= factor * m[p][q];
    }
  }
  const double a = m[0][4] / m[0][0], b = m[1][4] / m[1][1];
  return {a, -b, m[2][4] / m[2][2], b, a, m[3][4] / m[3][3]};
}

/// Input and target in two steps, in doubles, 0..255.
inline std::pair<Image, Image> reference(const std::uint8_t* bytes, int side, int size,
                                         const AugmentDraws& draws) {
  Image face(side);
  for (std::size_t i = 0; i < face.v.size(); ++i) face.v[i] = bytes[i];
  const Image placed = placed_image(face, draws);
  std::array<double, 25> x{}, y{};
  for (int i = 0; i < 25; ++i) {
    const int column = i % 5, row = i / 5;
    x[i] = (48 + 40 * column + 5 * draws.normal[i]) * side / 256;
    y[i] = (48 + 40 * row + 5 * draws.normal[25 + i]) * side / 256;
  }
  Image input(size);
  for (int k = 0; k < size * size; ++k) {
    const int column = k % size, row = k / size;
    const double px = enlarged(x, size, column, row), py = enlarged(y, size, column, row);
    for (int c = 0; c < 3; ++c) {
      input.at(column, row, c) = bilinear(placed, px, py, c, Edge::Black);
    }
  }
  return {input, warp_affine(placed, fitted(x, y, size / 4.0), size, Edge::Black)};
}

}  // namespace cameo::test
