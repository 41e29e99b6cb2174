// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <complex>
#include <vector>

#include <opencv2/core.hpp>

#include "pipeline/mark/carriers.h"

namespace cameo {

/// How a picture lies over the watermark that was embedded in it.
struct MarkPlacement {
  double zoom = 1;        ///< side of what is left of the picture to the whole, 0.76 to 1.06
  double degrees = 0;     ///< rotation that undoes the picture's, -2.8 to 2.8
  bool mirrored = false;  ///< left and right exchanged
  int quarter_turns = 0;  ///< 0 to 3, after mirroring
  double x = 0, y = 0;    ///< offset of the tiles, pixels at kMarkScale
};

/// A placement with its score.
struct MarkHit {
  double score = 0;  ///< correlation with the pilots over its deviation in noise
  MarkPlacement placement;
};

/// Part of a folded picture's spectrum in the watermark's band, whitened: each ring has the same
/// power, and single strong frequencies are damped (to the root of their magnitude).
class BandSpectrum {
 public:
  /// folded: CV_32FC1, square. highest: cycles a tile, at most kMarkHighest.
  BandSpectrum(const cv::Mat& folded, int highest);

  /// Value at a frequency of the watermark when the picture was mirrored and turned; |ky|, |kx| at
  /// most `highest`.
  std::complex<float> at(int ky, int kx, const MarkPlacement& placement) const;

 private:
  int highest_;
  std::vector<std::complex<float>> values_;  // rows of ky from -highest to highest
};

/// The residual zoomed and rotated, and all its tiles of `tile` pixels added up: CV_32FC1.
cv::Mat fold_tiles(const cv::Mat& residual, int tile, const MarkPlacement& placement);

/// Placement under which the residual (mark_residual, or a sum of them) correlates most with the
/// pilots. First the picture as it is, in its eight mirrored and turned forms; unless that is a
/// sure hit, also zoomed and rotated: a grid at half the scale with the lower frequencies, then
/// the best few of it in full.
MarkHit find_mark(const cv::Mat& residual, const Carriers& carriers);

/// The best of the eight placements of a picture that was mirrored or rotated by multiples of 90
/// degrees at most: its edges say where the tiles begin, so that next to nothing is searched.
MarkHit uncropped_mark(const cv::Mat& residual, const Carriers& carriers);

/// Soft bits of the codeword under a placement, of any scale: the data carriers' parts, weighted by
/// how well the pilots of similar frequency came through, and summed for each bit.
std::array<float, kBchLength> read_bits(const cv::Mat& residual, const Carriers& carriers,
                                        const MarkPlacement& placement);

}  // namespace cameo
