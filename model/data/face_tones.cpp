// SPDX-License-Identifier: MIT
#include "model/data/face_tones.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace cameo {
namespace {

kernels::Tone tone_of(const std::uint8_t* face, int side, double radius) {
  std::int64_t sums[3] = {}, squares[3] = {}, count = 0;
  const double middle = (side - 1) / 2.0;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x, face += 3) {
      if (std::hypot(x - middle, y - middle) > radius) continue;
      ++count;
      for (int c = 0; c < 3; ++c) {
        sums[c] += face[c];
        squares[c] += std::int64_t{face[c]} * face[c];
      }
    }
  }
  kernels::Tone tone;
  for (int c = 0; c < 3 && count > 0; ++c) {
    const auto n = static_cast<double>(count);
    const double mean = static_cast<double>(sums[c]) / n;
    const double variance = static_cast<double>(squares[c]) / n - mean * mean;
    tone.mean[c] = static_cast<float>(mean / 255);
    tone.deviation[c] = static_cast<float>(std::sqrt(std::max(0.0, variance)) / 255);
  }
  return tone;
}

}  // namespace

std::vector<kernels::Tone> tones_of(std::span<const std::uint8_t> faces, int side,
                                    double coverage) {
  const std::size_t each = static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 3;
  std::vector<kernels::Tone> tones(faces.size() / each);
  const auto count = static_cast<std::int64_t>(tones.size());
#pragma omp parallel for schedule(static)
  for (std::int64_t n = 0; n < count; ++n) {
    const auto i = static_cast<std::size_t>(n);
    tones[i] = tone_of(faces.data() + i * each, side, coverage * side / 2);
  }
  return tones;
}

}  // namespace cameo
