// SPDX-License-Identifier: MIT
#include "pipeline/mark/carriers.h"

#include <cmath>
#include <numbers>

#include "base/random.h"

namespace cameo {
namespace {

constexpr double kPilotShare = 0.3;  // of carriers: found more surely against read more surely

void put(cv::Mat& spectrum, int ky, int kx, std::complex<float> value) {
  const int y = (ky + kMarkTile) % kMarkTile;
  const int x = (kx + kMarkTile) % kMarkTile;
  spectrum.at<cv::Vec2f>(y, x) = {value.real(), value.imag()};
}

/// A carrier and its conjugate, so that the tile is real.
void put_pair(cv::Mat& spectrum, const Carrier& carrier, std::complex<float> value) {
  put(spectrum, carrier.ky, carrier.kx, value);
  put(spectrum, -carrier.ky, -carrier.kx, std::conj(value));
}

}  // namespace

Carriers::Carriers(std::uint64_t key) {
  Random random(key);
  std::vector<Carrier> all;
  for (int ky = 0; ky <= kMarkHighest; ++ky) {
    for (int kx = -kMarkHighest; kx <= kMarkHighest; ++kx) {
      if (ky == 0 && kx <= 0) continue;  // the other half is the conjugate
      const int square = ky * ky + kx * kx;
      if (square < kMarkLowest * kMarkLowest || square > kMarkHighest * kMarkHighest) continue;
      const float angle = 2 * std::numbers::pi_v<float> * random.uniform();
      all.push_back({ky, kx, {std::cos(angle), std::sin(angle)}});
    }
  }
  for (std::size_t i = all.size() - 1; i > 0; --i) {
    std::swap(all[i], all[random.below(static_cast<std::uint32_t>(i + 1))]);
  }
  const auto pilots = static_cast<std::ptrdiff_t>(kPilotShare * static_cast<double>(all.size()));
  pilots_.assign(all.begin(), all.begin() + pilots);
  data_.assign(all.begin() + pilots, all.end());
}

cv::Mat Carriers::tile(const BchWord& word, const BitStrengths& strengths) const {
  cv::Mat spectrum = cv::Mat::zeros(kMarkTile, kMarkTile, CV_32FC2);
  // 2 n sine waves of variance a^2 / 2 each have a variance of n a^2.
  const auto count = static_cast<float>(pilots_.size() + data_.size());
  const float amplitude = 1 / std::sqrt(2 * count);
  for (const Carrier& pilot : pilots_) put_pair(spectrum, pilot, amplitude * pilot.phase);
  const float unit = amplitude * std::numbers::sqrt2_v<float> / 2;
  const auto part = [&](std::size_t bit) { return (word[bit] ? -unit : unit) * strengths[bit]; };
  for (std::size_t i = 0; i < data_.size(); ++i) {
    const std::complex<float> symbol(part(bit_of(i, 0)), part(bit_of(i, 1)));
    put_pair(spectrum, data_[i], symbol * data_[i].phase);
  }
  cv::Mat tile;
  cv::dft(spectrum, tile, cv::DFT_INVERSE | cv::DFT_REAL_OUTPUT);
  return tile;
}

}  // namespace cameo
