// SPDX-License-Identifier: MIT
#include "pipeline/mark/watermark.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <opencv2/imgproc.hpp>

#include "base/error.h"

namespace cameo {
namespace {

constexpr int kGainScale = 256;    // square root of the gain map's area
constexpr float kFlatGain = 0.8F;  // where a frame is smooth, levels
constexpr float kBusyGain = 0.2F;  // for each level of detail to the power of 0.8
constexpr float kBusyPower = 0.8F;
constexpr float kMostDetail = 14;   // levels, above which nothing more is hidden
constexpr double kAimedMse = 1.95;  // levels squared, 45.2 dB; rounding to whole levels adds 1/12
constexpr double kMostMse = 2.05;   // 45.01 dB
constexpr int kStrip = 64;          // rows that are added at once: they stay in the cache

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

/// Rows of a picture that is `wide` enlarged to so many rows, bilinearly as cv::resize does.
void heighten(const cv::Mat& wide, int height, const cv::Range& rows, cv::Mat& out) {
  out.create(rows.size(), wide.cols, CV_32FC1);
  const double step = static_cast<double>(wide.rows) / height;
  for (int y = rows.start; y < rows.end; ++y) {
    const double at = std::clamp((y + 0.5) * step - 0.5, 0.0, wide.rows - 1.0);
    const int above = static_cast<int>(at);
    const auto part = static_cast<float>(at - above);
    const auto* a = wide.ptr<float>(above);
    const auto* b = wide.ptr<float>(std::min(above + 1, wide.rows - 1));
    auto* to = out.ptr<float>(y - rows.start);
    for (int x = 0; x < wide.cols; ++x) to[x] = a[x] * (1 - part) + b[x] * part;
  }
}

/// The pattern in its strength, in levels: what of it is above 0 in `more`, what is below it in
/// `less`, since OpenCV adds and subtracts unsigned values of one type fastest. Returns the sum of
/// its squares.
template <class Value>
double scale_rows(const cv::Mat& pattern, const cv::Mat& gain, const cv::Range& rows,
                  float strength, cv::Mat& more, cv::Mat& less) {
  constexpr int kChunk = 64;  // pixels, whose squares fit 32 bits
  double sum = 0;
  for (int y = rows.start; y < rows.end; ++y) {
    const auto* p = pattern.ptr<float>(y);
    const auto* g = gain.ptr<float>(y - rows.start);
    auto* above = more.ptr<Value>(y);
    auto* below = less.ptr<Value>(y);
    for (int begin = 0; begin < pattern.cols; begin += kChunk) {
      const int end = std::min(begin + kChunk, pattern.cols);
      int squares = 0;
      for (int x = begin; x < end; ++x) {
        const float value = p[x] * g[x] * strength;
        const int level = static_cast<int>(value + (value < 0 ? -0.5F : 0.5F));
        above[x] = static_cast<Value>(std::max(level, 0));
        below[x] = static_cast<Value>(std::max(-level, 0));
        squares += level * level;
      }
      sum += squares;
    }
  }
  return sum;
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

cv::Mat Watermark::pattern(cv::Size size) {
  const std::lock_guard lock(mutex_);
  // A new one, as another thread may still add the old one.
  if (pattern_.size() != size) pattern_ = lay_tiles(tile_, size);
  return pattern_;
}

std::unique_ptr<Watermark::Scratch> Watermark::take_scratch() {
  const std::lock_guard lock(mutex_);
  if (scratch_.empty()) return std::make_unique<Scratch>();
  std::unique_ptr<Scratch> one = std::move(scratch_.back());
  scratch_.pop_back();
  return one;
}

void Watermark::embed(cv::Mat& frame) {
  check(frame.type() == CV_8UC3 || frame.type() == CV_16UC3, ErrorCode::Usage,
        "watermark: wants 8- or 16-bit BGR, got type ", frame.type());
  check_can_be_marked(frame.size());
  const cv::Mat pattern = this->pattern(frame.size());
  std::unique_ptr<Scratch> scratch = take_scratch();
  cv::Mat luma;
  cv::cvtColor(frame, luma, cv::COLOR_BGR2GRAY);
  const cv::Mat small = perceptual_gain(luma);
  const double level = frame.depth() == CV_16U ? 257 : 1;
  const auto pixels = static_cast<double>(frame.total());
  const double expected = cv::norm(small, cv::NORM_L2SQR) / static_cast<double>(small.total());
  double strength = std::min(1.0, std::sqrt(kAimedMse / expected));
  cv::resize(small, scratch->wide, {frame.cols, small.rows}, 0, 0, cv::INTER_LINEAR);
  scratch->more.create(frame.size(), frame.depth());
  scratch->less.create(frame.size(), frame.depth());
  const auto strengthen = frame.depth() == CV_16U ? scale_rows<std::uint16_t> : scale_rows<uchar>;
  const auto strengthened = [&] {
    double sum = 0;
    for (int y = 0; y < frame.rows; y += kStrip) {
      const cv::Range rows(y, std::min(y + kStrip, frame.rows));
      heighten(scratch->wide, frame.rows, rows, scratch->gain);
      sum += strengthen(pattern, scratch->gain, rows, static_cast<float>(level * strength),
                        scratch->more, scratch->less);
    }
    return sum / pixels / (level * level);
  };
  // Where the pattern happens to be strongest where the gain is, it comes out above what was meant.
  for (double made = strengthened(); made > kMostMse; made = strengthened())
    strength *= 0.99 * std::sqrt(kAimedMse / made);
  const auto spread = [&](const cv::Mat& strip) {
    const cv::Mat channels[] = {strip, strip, strip};
    cv::merge(channels, 3, scratch->spread);
    return scratch->spread;
  };
  for (int y = 0; y < frame.rows; y += kStrip) {
    const cv::Range rows(y, std::min(y + kStrip, frame.rows));
    cv::Mat into = frame.rowRange(rows);
    cv::add(into, spread(scratch->more.rowRange(rows)), into);
    cv::subtract(into, spread(scratch->less.rowRange(rows)), into);
  }
  const std::lock_guard lock(mutex_);
  scratch_.push_back(std::move(scratch));
}

}  // namespace cameo
