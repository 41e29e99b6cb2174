// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <complex>
#include <cstdint>
#include <vector>

#include <opencv2/core.hpp>

#include "pipeline/mark/bch.h"

namespace cameo {

/// Square root of the area to which pictures are resampled before the watermark is looked for,
/// pixels: the watermark's own scale, so that it is found after a change of size.
inline constexpr int kMarkScale = 512;
/// Period of the watermark's tiles at that scale, pixels.
inline constexpr int kMarkTile = 256;
/// Lowest and highest frequency of the watermark, cycles a tile. The lowest ones drown in what
/// pictures show, the highest ones do not survive compression.
inline constexpr int kMarkLowest = 8, kMarkHighest = 36;

/// A spatial frequency of the watermark's tile, cycles a tile, with its phase under the key.
struct Carrier {
  int ky = 0, kx = 0;
  std::complex<float> phase;  ///< of magnitude 1
};

/// Strength of each bit of a codeword, 1 in the mean square.
using BitStrengths = std::array<float, kBchLength>;

/// The carriers of a spread-spectrum watermark: sine waves on an annulus of a tile's spectrum, with
/// phases from the key. Pilots are always the same and serve to find the watermark; data carriers
/// are QPSK-modulated, each with two bits of a codeword.
class Carriers {
 public:
  explicit Carriers(std::uint64_t key);

  const std::vector<Carrier>& pilots() const { return pilots_; }
  const std::vector<Carrier>& data() const { return data_; }

  /// Bit of the codeword that the real (part 0) or imaginary (part 1) part of a data carrier bears.
  static std::size_t bit_of(std::size_t carrier, std::size_t part) {
    return (2 * carrier + part) % kBchLength;
  }

  /// One tile with the codeword: CV_32FC1 of kMarkTile squared, mean 0, variance 1.
  cv::Mat tile(const BchWord& word, const BitStrengths& strengths) const;

 private:
  std::vector<Carrier> pilots_;
  std::vector<Carrier> data_;
};

}  // namespace cameo
