// SPDX-License-Identifier: MIT
#include "pipeline/mark/masking.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <opencv2/imgproc.hpp>

namespace cameo {
namespace {

constexpr int kGainScale = 256;   // square root of the gain map's area
constexpr int kMostFactor = 256;  // of whose pixels 8-bit sums fit 16 bits

// Windows on the gain map, pixels.
constexpr int kDetailWindow = 9;  // half a period of the watermark's lowest frequencies
constexpr int kEnergyWindow = 5;
constexpr int kEdgeWindow = 17;  // an edge and what the windows above see of it
constexpr int kSmoothWindow = 5;
constexpr int kNoiseWindow = 15;
constexpr double kSeenBlur = 0.75;  // deviation; of the watermark's finest waves half remains

constexpr float kRounding = 0.03F;     // levels squared, of rounding to whole levels: no texture
constexpr float kLeastDetail = 0.10F;  // levels, from which detail masks
constexpr float kMostDetail = 32;      // levels; a single edge is not to count for a wide area
constexpr float kMaskingPower = 0.6F;

// White noise on the gain map: its part that is finer than the band; and to that the least energy
// around in the band.
constexpr float kFineShare = 0.56F;
constexpr float kNoiseLeast = 0.08F;
constexpr float kMostNoise = 3;  // levels a pixel of the frame; what is more is texture

double scale_of(cv::Size size) {
  return std::sqrt(static_cast<double>(size.width) * size.height) / kGainScale;
}

/// Luma of a frame, each pixel the mean of `factor` squared ones: CV_32FC1 in 8-bit levels. What is
/// left over at the right and lower edge is left out. The sums of columns are of integers of type
/// Sum, which the compiler vectorises.
template <class Value, class Sum>
cv::Mat shrunk_luma(const cv::Mat& frame, int factor) {
  const cv::Size size(frame.cols / factor, frame.rows / factor);
  cv::Mat out(size, CV_32FC1);
  const auto count = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(factor) * 3;
  std::vector<Sum> sums(count);
  const auto unit =
      1 / (static_cast<float>(factor * factor) * (sizeof(Value) == 2 ? 257.0F : 1.0F));
  for (int y = 0; y < size.height; ++y) {
    std::fill(sums.begin(), sums.end(), Sum{0});
    Sum* const to = sums.data();
    for (int i = 0; i < factor; ++i) {
      const auto* from = frame.ptr<Value>(y * factor + i);
      for (std::size_t j = 0; j < count; ++j) to[j] = static_cast<Sum>(to[j] + from[j]);
    }
    auto* luma = out.ptr<float>(y);
    const Sum* at = to;
    for (int x = 0; x < size.width; ++x) {
      std::uint32_t blue = 0, green = 0, red = 0;
      for (int i = 0; i < factor; ++i, at += 3) {
        blue += at[0];
        green += at[1];
        red += at[2];
      }
      luma[x] = unit * (0.114F * static_cast<float>(blue) + 0.587F * static_cast<float>(green) +
                        0.299F * static_cast<float>(red));
    }
  }
  return out;
}

/// Squared difference of each pixel, limited to kMostDetail squared. In one pass, as each pass over
/// a gain map counts beside the embedding.
cv::Mat energy_between(const cv::Mat& a, const cv::Mat& b) {
  cv::Mat out(a.size(), CV_32FC1);
  for (int y = 0; y < a.rows; ++y) {
    const auto* from = a.ptr<float>(y);
    const auto* less = b.ptr<float>(y);
    auto* to = out.ptr<float>(y);
    for (int x = 0; x < a.cols; ++x) {
      const float difference = from[x] - less[x];
      to[x] = std::min(difference * difference, kMostDetail * kMostDetail);
    }
  }
  return out;
}

/// The least energy around in the watermark's band. seen: luma without what is finer than the band.
cv::Mat band_energy(const cv::Mat& seen) {
  cv::Mat mean;
  cv::blur(seen, mean, {kDetailWindow, kDetailWindow});
  cv::Mat energy = energy_between(seen, mean);
  cv::blur(energy, energy, {kEnergyWindow, kEnergyWindow});
  // The least: beside an edge a smooth area stays a smooth area.
  cv::erode(energy, energy, cv::getStructuringElement(cv::MORPH_RECT, {kEdgeWindow, kEdgeWindow}));
  return energy;
}

/// The part of band_energy() that is noise: by what of the luma is finer than the band, and at most
/// by noise of variance `most` on the gain map.
cv::Mat noise_energy(const cv::Mat& luma, const cv::Mat& seen, double most) {
  cv::Mat energy = energy_between(luma, seen);
  cv::blur(energy, energy, {kNoiseWindow, kNoiseWindow});
  energy *= kNoiseLeast;
  return cv::min(energy, kNoiseLeast * kFineShare * most);
}

}  // namespace

cv::Size gain_size(cv::Size frame) {
  const double scale = scale_of(frame);
  return {std::max(1, static_cast<int>(std::lround(frame.width / scale))),
          std::max(1, static_cast<int>(std::lround(frame.height / scale)))};
}

cv::Mat perceptual_gain(const cv::Mat& frame, float flat) {
  const int factor = std::clamp(static_cast<int>(scale_of(frame.size())), 1, kMostFactor);
  const cv::Mat luma = frame.depth() == CV_16U
                           ? shrunk_luma<std::uint16_t, std::uint32_t>(frame, factor)
                           : shrunk_luma<std::uint8_t, std::uint16_t>(frame, factor);
  cv::Mat map;
  cv::resize(luma, map, gain_size(frame.size()), 0, 0, cv::INTER_AREA);
  cv::Mat seen;
  cv::GaussianBlur(map, seen, {3, 3}, kSeenBlur);
  const double scale = scale_of(frame.size());
  cv::Mat gain = band_energy(seen);
  gain -= noise_energy(map, seen, kMostNoise * kMostNoise / (scale * scale));
  cv::blur(gain, gain, {kSmoothWindow, kSmoothWindow});
  gain = cv::max(gain - kRounding, 0) / (kLeastDetail * kLeastDetail) + 1;
  cv::pow(gain, kMaskingPower / 2, gain);
  gain = cv::min(flat * gain, kMostGain);
  return gain;
}

}  // namespace cameo
