// SPDX-License-Identifier: MIT
#include "pipeline/face/hog_filter.h"

#include "kernels/cpu/loops.h"

namespace cameo {
namespace {

constexpr std::ptrdiff_t kTaps = kHogTaps;
constexpr std::ptrdiff_t kLanes = 8;  // of dlib's vectors

/// Sum of ten products, of values `stride` floats apart: in three sums, as dlib's vectors do it.
/// Without fused products (CMakeLists.txt), so that all machines find the same faces.
inline float sum_in_three(const float* at, std::ptrdiff_t stride, const float* taps) {
  float first = 0, second = 0, third = 0;
  for (std::ptrdiff_t i = 0; i + 2 < kTaps; i += 3) {
    first += at[i * stride] * taps[i];
    second += at[(i + 1) * stride] * taps[i + 1];
    third += at[(i + 2) * stride] * taps[i + 2];
  }
  first += at[(kTaps - 1) * stride] * taps[kTaps - 1];
  return first + (second + third);
}

/// The same in one sum, as dlib does it for what is left over behind its vectors.
inline float sum_in_order(const float* at, std::ptrdiff_t stride, const float* taps) {
  float sum = 0;
  for (std::ptrdiff_t i = 0; i < kTaps; ++i) sum += at[i * stride] * taps[i];
  return sum;
}

CAMEO_SIMD void filter_row(const float* __restrict from, const float* __restrict taps,
                           float* __restrict to, std::ptrdiff_t count) {
  const std::ptrdiff_t in_lanes = count / kLanes * kLanes;
  for (std::ptrdiff_t x = 0; x < in_lanes; ++x) to[x] = sum_in_three(from + x, 1, taps);
  for (std::ptrdiff_t x = in_lanes; x < count; ++x) to[x] = sum_in_order(from + x, 1, taps);
}

CAMEO_SIMD void add_filtered_column(const float* __restrict from, std::ptrdiff_t stride,
                                    const float* __restrict taps, float* __restrict to,
                                    std::ptrdiff_t count) {
  const std::ptrdiff_t in_lanes = count / kLanes * kLanes;
  for (std::ptrdiff_t x = 0; x < in_lanes; ++x) to[x] += sum_in_three(from + x, stride, taps);
  for (std::ptrdiff_t x = in_lanes; x < count; ++x) to[x] += sum_in_order(from + x, stride, taps);
}

}  // namespace

void add_response(const HogFilter& filter, const HogPlane& plane, std::span<float> row_sums,
                  std::span<float> sum) {
  const std::ptrdiff_t width = plane.columns;
  const std::ptrdiff_t places = width - kTaps + 1;
  if (places <= 0 || plane.rows < kTaps) return;
  for (std::ptrdiff_t y = 0; y < plane.rows; ++y)
    filter_row(plane.cells + y * plane.step, filter.row.data(),
               row_sums.data() + y * width + kHogMiddle, places);
  for (std::ptrdiff_t y = 0; y + kTaps <= plane.rows; ++y)
    add_filtered_column(row_sums.data() + y * width + kHogMiddle, width, filter.column.data(),
                        sum.data() + (y + kHogMiddle) * width + kHogMiddle, places);
}

}  // namespace cameo
