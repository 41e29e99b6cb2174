// SPDX-License-Identifier: MIT
#include "pipeline/mark/bit_strengths.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <opencv2/imgproc.hpp>

#include "pipeline/mark/placement.h"
#include "pipeline/mark/residual.h"

namespace cameo {
namespace {

constexpr int kRounds = 3;    // the reading's response to strengths is not quite linear
constexpr double kClear = 3;  // deviations by which the mean bit is right: none is wrong then
constexpr double kMost = 4;   // strength of a bit
// How right each bit is to be, of what strength 1 adds in the mean; for less, bits are given up.
constexpr double kWanted = 0.5;

using Margins = std::array<double, kBchLength>;

/// How far each bit is right (above 0) or wrong in a picture that is marked with these strengths.
Margins margins_of(const cv::Mat& luma, const cv::Mat& gain, const Carriers& carriers,
                   const BchWord& word, const BitStrengths& strengths) {
  const cv::Mat tile = carriers.tile(word, strengths);
  cv::Mat laid;
  cv::repeat(tile, luma.rows / kMarkTile + 1, luma.cols / kMarkTile + 1, laid);
  const cv::Mat marked = luma + gain.mul(laid(cv::Rect({}, luma.size())));
  const std::array<float, kBchLength> soft = read_bits(luma_residual(marked), carriers, {});
  Margins margins{};
  for (std::size_t i = 0; i < margins.size(); ++i) margins[i] = word[i] ? -soft[i] : soft[i];
  return margins;
}

double mean_of(const Margins& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / kBchLength;
}

double deviation_of(const Margins& values, double mean) {
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / kBchLength);
}

/// What raises every part of `shown`, from `given_up` on, to the level that a mean square of 1
/// reaches, and that level.
double fill_up(const Margins& shown, std::size_t given_up, Margins& strengths) {
  const auto fill = [&](double level) {
    double power = 0;
    for (std::size_t i = 0; i < shown.size(); ++i) {
      strengths[i] = i < given_up ? 0 : std::clamp(level - shown[i], 0.0, kMost);
      power += strengths[i] * strengths[i];
    }
    return power / kBchLength;
  };
  double low = shown[given_up];
  double high = shown.back() + kMost;
  for (int i = 0; i < 50; ++i) {
    const double level = (low + high) / 2;
    (fill(level) < 1 ? low : high) = level;
  }
  fill(low);
  return low;
}

/// Strengths by what the picture itself shows of each bit, where strength 1 would show 1.
BitStrengths strengths_for(const Margins& shown) {
  std::array<std::size_t, kBchLength> order{};
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return shown[a] < shown[b]; });
  Margins sorted{};
  for (std::size_t i = 0; i < order.size(); ++i) sorted[i] = shown[order[i]];
  Margins filled{};
  std::size_t given_up = 0;
  while (fill_up(sorted, given_up, filled) < kWanted && given_up < kBchErrors) ++given_up;
  BitStrengths strengths{};
  for (std::size_t i = 0; i < order.size(); ++i)
    strengths[order[i]] = static_cast<float>(filled[i]);
  return strengths;
}

}  // namespace

std::optional<BitStrengths> informed_strengths(const cv::Mat& luma, const cv::Mat& gain,
                                               const Carriers& carriers, const BchWord& word) {
  cv::Mat wide;
  cv::resize(gain, wide, luma.size(), 0, 0, cv::INTER_LINEAR);
  BitStrengths strengths{};
  strengths.fill(1);
  Margins margins = margins_of(luma, wide, carriers, word, strengths);
  const double added = mean_of(margins);  // by strength 1: the picture itself adds 0 in the mean
  if (added >= kClear * deviation_of(margins, added) || added <= 0) return {};
  for (int round = 0; round < kRounds; ++round) {
    if (round > 0) margins = margins_of(luma, wide, carriers, word, strengths);
    Margins shown{};
    for (std::size_t i = 0; i < shown.size(); ++i)
      shown[i] = margins[i] / added - static_cast<double>(strengths[i]);
    strengths = strengths_for(shown);
  }
  return strengths;
}

}  // namespace cameo
