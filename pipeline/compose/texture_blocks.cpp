// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/compose/texture.h"

namespace cameo {
namespace {

constexpr int kBlock = 8;
constexpr double kLeastGrid = 0.08;  // what drawn textures have by chance
constexpr std::array<int, 64> kLumaSteps = {
    16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
    14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
    18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99};
constexpr std::array<int, 64> kChromaSteps = {
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99,
    99, 99, 47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99};

cv::Mat step_table(const std::array<int, 64>& base, int quality) {
  const int scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  cv::Mat steps(kBlock, kBlock, CV_32FC1);
  for (int i = 0; i < 64; ++i)
    steps.at<float>(i / kBlock, i % kBlock) = static_cast<float>(
        std::clamp((base.at(static_cast<std::size_t>(i)) * scale + 50) / 100, 1, 255));
  return steps;
}

void quantize_blocks(cv::Mat& channel, const cv::Mat& steps) {
  for (int top = 0; top < channel.rows; top += kBlock) {
    for (int left = 0; left < channel.cols; left += kBlock) {
      cv::Mat block = channel(cv::Rect(left, top, kBlock, kBlock)), waves;
      cv::dct(block, waves);
      for (int y = 0; y < kBlock; ++y)
        for (int x = 0; x < kBlock; ++x) {
          const float step = steps.at<float>(y, x);
          waves.at<float>(y, x) = std::nearbyint(waves.at<float>(y, x) / step) * step;
        }
      cv::idct(waves, block);
    }
  }
}

/// Pixels before `at` back to the block's edge.
int into_block(int at) {
  return (at % kBlock + kBlock) % kBlock;
}

/// Mean absolute second difference of luma along x where a pair of pixels straddles a block's edge,
/// and elsewhere.
struct Steps {
  double edges = 0, inside = 0;
  double edge_count = 0, inside_count = 0;
};

void add_steps(const cv::Mat& luma, const cv::Mat& weight, int first, Steps& steps) {
  for (int y = 0; y < luma.rows; ++y) {
    const auto* v = luma.ptr<float>(y);
    const auto* w = weight.ptr<float>(y);
    for (int x = 1; x + 2 < luma.cols; ++x) {
      if (w[x] <= 0 || w[x + 1] <= 0) continue;
      // A step beyond what its neighbours' slope explains.
      const double step = std::abs(v[x + 1] - v[x] - (v[x] - v[x - 1] + v[x + 2] - v[x + 1]) / 2);
      const bool edge = into_block(first + x + 1) == 0;
      (edge ? steps.edges : steps.inside) += std::min(step, 16.0);
      (edge ? steps.edge_count : steps.inside_count) += 1;
    }
  }
}

}  // namespace

double blockiness(const cv::Mat& image, const cv::Mat& weight, cv::Point corner) {
  cv::Mat luma;
  cv::transform(image, luma, cv::Matx13f(0.114F, 0.587F, 0.299F));
  Steps steps;
  add_steps(luma, weight, corner.x, steps);
  add_steps(luma.t(), weight.t(), corner.y, steps);
  if (steps.edge_count < 64 || steps.inside <= 0) return 0;
  return steps.edges / steps.edge_count / (steps.inside / steps.inside_count) - 1;
}

cv::Mat quantized(const cv::Mat& image, cv::Point corner, int quality) {
  check(quality >= 1 && quality <= 100, ErrorCode::Usage,
        "compression: quality must be in 1..100, got ", quality);
  const int left = into_block(corner.x), top = into_block(corner.y);
  const int right = into_block(-(left + image.cols)), bottom = into_block(-(top + image.rows));
  cv::Mat wide;
  cv::copyMakeBorder(image / 255, wide, top, bottom, left, right, cv::BORDER_REPLICATE);
  cv::cvtColor(wide, wide, cv::COLOR_BGR2YCrCb);
  std::vector<cv::Mat> channels;
  cv::split(wide, channels);
  for (std::size_t c = 0; c < 3; ++c) {
    channels[c] = channels[c] * 255 - 128;
    quantize_blocks(channels[c], step_table(c == 0 ? kLumaSteps : kChromaSteps, quality));
    channels[c] = (channels[c] + 128) / 255;
  }
  cv::merge(channels, wide);
  cv::cvtColor(wide, wide, cv::COLOR_YCrCb2BGR);
  return wide(cv::Rect(left, top, image.cols, image.rows)) * 255;
}

cv::Mat with_compression(const cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight,
                         cv::Point corner, double amount) {
  if (amount <= 0) return drawn;
  const double wanted = blockiness(there, weight, corner);
  if (wanted < kLeastGrid) return drawn;
  cv::Mat nearest = drawn;
  double least = std::abs(blockiness(drawn, weight, corner) - wanted);
  for (const int quality : {95, 90, 80, 70, 60, 50, 40, 30, 20, 10}) {
    const cv::Mat tried = quantized(drawn, corner, quality);
    const double off = std::abs(blockiness(tried, weight, corner) - wanted);
    if (off >= least) continue;
    least = off;
    nearest = tried;
  }
  return drawn * (1 - amount) + nearest * amount;
}

}  // namespace cameo
