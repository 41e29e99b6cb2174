// SPDX-License-Identifier: MIT
#include "pipeline/mark/watermark.h"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "base/error.h"

namespace cameo {
namespace {

constexpr int kGainScale = 256;    // square root of the gain map's area
constexpr float kFlatGain = 0.7F;  // where a frame is smooth, levels
constexpr float kBusyGain = 0.2F;  // for each level of detail to the power of 0.8
constexpr float kBusyPower = 0.8F;
constexpr float kMostDetail = 14;  // levels, above which nothing more is hidden
constexpr double kMostMse = 1.92;  // 45.3 dB; rounding to whole levels adds 1/12

double scale_of(cv::Size size, double scale) {
  return std::sqrt(static_cast<double>(size.width) * size.height) / scale;
}

/// Tiles laid over a picture of this size: one pixel of the tile is one at kMarkScale.
cv::Mat lay_tiles(const cv::Mat& tile, cv::Size size) {
  const double step = 1 / scale_of(size, kMarkScale);
  const int across = static_cast<int>(std::ceil(size.width * step)) + 4;
  const int down = static_cast<int>(std::ceil(size.height * step)) + 4;
  cv::Mat laid;
  cv::repeat(tile, down / kMarkTile + 1, across / kMarkTile + 1, laid);
  const double offset = step / 2 - 0.5;
  const cv::Matx23d back(step, 0, offset, 0, step, offset);
  cv::Mat out;
  cv::warpAffine(laid, out, back, size, cv::INTER_CUBIC | cv::WARP_INVERSE_MAP, cv::BORDER_REFLECT);
  return out;
}

}  // namespace

std::uint64_t pack(const WatermarkPayload& payload) {
  return std::uint64_t{payload.version} << 56U | payload.asset;
}

WatermarkPayload unpack(std::uint64_t bits) {
  return {static_cast<std::uint8_t>(bits >> 56U), bits & kMostAsset};
}

bool can_be_marked(cv::Size size) {
  return std::min(size.width, size.height) >= kLeastMarkedSide;
}

void check_can_be_marked(cv::Size size) {
  check(can_be_marked(size), ErrorCode::Input, "watermark: ", size.width, "x", size.height,
        " is too small to mark; each side wants ", kLeastMarkedSide, " pixels or more");
}

cv::Mat perceptual_gain(const cv::Mat& luma) {
  const double scale = scale_of(luma.size(), kGainScale);
  const cv::Size small(std::max(1, static_cast<int>(std::lround(luma.cols / scale))),
                       std::max(1, static_cast<int>(std::lround(luma.rows / scale))));
  cv::Mat seen;
  cv::resize(luma, seen, small, 0, 0, cv::INTER_AREA);
  seen.convertTo(seen, CV_32F, luma.depth() == CV_16U ? 1.0 / 257 : 1.0);
  cv::Mat detail;
  cv::blur(seen, detail, {13, 13});
  detail = seen - detail;
  cv::Mat energy;
  cv::blur(detail.mul(detail), energy, {9, 9});
  // The least around: beside an edge a smooth area stays a smooth area.
  cv::Mat gain;
  cv::erode(energy, gain, cv::getStructuringElement(cv::MORPH_RECT, {7, 7}));
  gain = cv::min(gain, kMostDetail * kMostDetail);
  cv::pow(cv::max(gain, 0), kBusyPower / 2, gain);
  gain = kFlatGain + kBusyGain * gain;
  return gain;
}

Watermark::Watermark(const WatermarkPayload& payload, std::uint64_t key) {
  check(payload.asset <= kMostAsset, ErrorCode::Usage, "watermark: asset id ", payload.asset,
        " has more than 56 bits");
  tile_ = Carriers(key).tile(bch_encode(pack(payload)));
}

void Watermark::embed(cv::Mat& frame) {
  check(frame.type() == CV_8UC3 || frame.type() == CV_16UC3, ErrorCode::Usage,
        "watermark: wants 8- or 16-bit BGR, got type ", frame.type());
  check_can_be_marked(frame.size());
  if (pattern_.size() != frame.size()) pattern_ = lay_tiles(tile_, frame.size());
  cv::Mat luma;
  cv::cvtColor(frame, luma, cv::COLOR_BGR2GRAY);
  const cv::Mat small = perceptual_gain(luma);
  const double mse = cv::norm(small, cv::NORM_L2SQR) / static_cast<double>(small.total());
  const double level = frame.depth() == CV_16U ? 257 : 1;
  cv::resize(small, gain_, frame.size(), 0, 0, cv::INTER_LINEAR);
  cv::multiply(pattern_, gain_, delta_, level * std::min(1.0, std::sqrt(kMostMse / mse)), CV_16S);
  const cv::Mat channels[] = {delta_, delta_, delta_};
  cv::merge(channels, 3, spread_);
  cv::add(frame, spread_, frame, cv::noArray(), frame.depth());
}

}  // namespace cameo
