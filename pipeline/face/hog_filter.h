// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstddef>
#include <span>

namespace cameo {

/// Taps of a filter of dlib's face detectors, whose windows are 80 x 80 pixels of cells of 8.
inline constexpr std::size_t kHogTaps = 10;
/// Of those, the one at the cell that a response is of.
inline constexpr std::ptrdiff_t kHogMiddle = 5;

/// Filter of a plane of features as a product of one along its rows and one along its columns.
struct HogFilter {
  std::size_t plane = 0;
  std::array<float, kHogTaps> row{}, column{};
};

/// Extent of a plane of features; rows lie `step` floats apart.
struct HogPlane {
  const float* cells = nullptr;
  std::ptrdiff_t rows = 0, columns = 0, step = 0;
};

/// Adds the response of a filter to `sum`, a plane of that many rows and columns without gaps: what
/// dlib::float_spatially_filter_image_separable does, bit for bit, with vectors as wide as the
/// machine has. The border, where the filter would reach out, is left as it is. row_sums: room for
/// as many floats as `sum`.
void add_response(const HogFilter& filter, const HogPlane& plane, std::span<float> row_sums,
                  std::span<float> sum);

}  // namespace cameo
