// SPDX-License-Identifier: MIT
#include "kernels/augment_reference.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/augment_math.h"
#include "kernels/cpu/face_batch.h"
#include "kernels/cpu/loops.h"

// Source of the rounding: OpenCV 4.6, warpAffine and remap with bilinear weights: places in units
// of 1/32 pixel, where warpAffine adds up terms that were each rounded to 1/1024 pixel.
namespace cameo::kernels {
namespace {

constexpr int kGrid = 32;          ///< places in a pixel
constexpr int kFine = 32 * kGrid;  ///< steps in a pixel to which a matrix' terms are rounded

/// [side,side,3], 0..1.
struct Placed {
  int side;
  std::vector<double> values;
};

/// A place in units of 1 / kGrid pixel.
struct Place {
  int x, y;
};

enum class Beyond { Replicated, Black };

int rounded(double value) {
  return static_cast<int>(std::lrint(value));  // half to even
}

/// Where a 2x3 matrix takes a pixel.
Place mapped(const double* m, int column, int row) {
  const auto along = [&](const double* r) {
    const int fine = rounded((r[1] * row + r[2]) * kFine) + rounded(r[0] * column * kFine);
    return (fine + kFine / kGrid / 2) >> 5;
  };
  return {along(m), along(m + 3)};
}

/// Bilinear from the four pixels around a place. at(column, row, channel).
template <class At>
double bilinear(Place place, int channel, At at) {
  const int column = place.x >> 5, row = place.y >> 5;
  const double u = (place.x & (kGrid - 1)) / static_cast<double>(kGrid);
  const double v = (place.y & (kGrid - 1)) / static_cast<double>(kGrid);
  return at(column, row, channel) * ((1 - u) * (1 - v)) +
         at(column + 1, row, channel) * (u * (1 - v)) +
         at(column, row + 1, channel) * ((1 - u) * v) + at(column + 1, row + 1, channel) * (u * v);
}

Placed placed_image(const std::uint8_t* face, int side, const double* matrix, bool mirror) {
  Placed out{side, std::vector<double>(static_cast<std::size_t>(side) * side * 3)};
  const auto at = [&](int column, int row, int channel) {
    const std::int64_t x = std::clamp(column, 0, side - 1), y = std::clamp(row, 0, side - 1);
    return face[(y * side + x) * 3 + channel] / 255.0;
  };
  double* to = out.values.data();
  for (int row = 0; row < side; ++row) {
    for (int column = 0; column < side; ++column) {
      const Place place = mapped(matrix, mirror ? side - 1 - column : column, row);
      for (int c = 0; c < 3; ++c) *to++ = bilinear(place, c, at);
    }
  }
  return out;
}

/// Fills [size,size,3] with what lies at place(column, row), black beyond the image.
template <class PlaceOf>
void read_at(const Placed& from, int size, float* to, PlaceOf place) {
  const auto at = [&](int column, int row, int channel) {
    const bool inside = column >= 0 && row >= 0 && column < from.side && row < from.side;
    const std::int64_t pixel = std::int64_t{row} * from.side + column;
    return inside ? from.values[static_cast<std::size_t>(3 * pixel + channel)] : 0.0;
  };
  for (int row = 0; row < size; ++row) {
    for (int column = 0; column < size; ++column) {
      const Place here = place(column, row);
      for (int c = 0; c < 3; ++c) *to++ = static_cast<float>(bilinear(here, c, at));
    }
  }
}

/// The nodes' map of one coordinate, enlarged, at a pixel of the image; rounded to float, then to
/// the grid.
int node_place(const double* nodes, int size, int column, int row) {
  const double x = (4 * column + 2) / static_cast<double>(size);
  const double y = (4 * row + 2) / static_cast<double>(size);
  const int i = static_cast<int>(x), j = static_cast<int>(y);
  const double u = x - i, v = y - j;
  const double* upper = nodes + std::ptrdiff_t{kNodes} * j + i;
  const double* lower = upper + kNodes;
  const double exact =
      (upper[0] * (1 - u) + upper[1] * u) * (1 - v) + (lower[0] * (1 - u) + lower[1] * u) * v;
  return rounded(static_cast<float>(exact) * kGrid);
}

}  // namespace

void reference_sample(const FaceBlock& faces, std::int32_t face, const AugmentDraws& draws,
                      View input, View target) {
  check_pair("augment", faces, &face, input, target);
  const int size = input.shape.h;
  AugmentDraws straight = draws;
  straight.mirror = false;  // the placed image is mirrored as a whole
  const auto warp = make_warp<double>(straight, faces.side, size, faces.coverage);
  const Placed placed = placed_image(face_of(faces, face), faces.side, warp.face, draws.mirror);
  read_at(placed, size, input.f32(), [&](int column, int row) {
    return Place{node_place(warp.node_x, size, column, row),
                 node_place(warp.node_y, size, column, row)};
  });
  read_at(placed, size, target.f32(),
          [&](int column, int row) { return mapped(warp.target, column, row); });
}

void augment_reference(Cpu&, const FaceBlock& faces, const std::int32_t* indices,
                       const AugmentKey& key, View input, View target) {
  check_pair("augment", faces, indices, input, target);
  Shape one = input.shape;
  one.n = 1;
  parallel_stretches(input.shape.n, 1, [&](std::int64_t n, std::int64_t) {
    const std::uint32_t sample = key.first_sample + static_cast<std::uint32_t>(n);
    const AugmentDraws draws = draw_sample(key.seed, key.iteration, sample, key.strength);
    reference_sample(faces, indices[n], draws, {input.f32() + n * one.size(), one},
                     {target.f32() + n * one.size(), one});
  });
}

}  // namespace cameo::kernels
