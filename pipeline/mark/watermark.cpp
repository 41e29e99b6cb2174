// SPDX-License-Identifier: MIT
#include "pipeline/mark/watermark.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/mark/bit_strengths.h"
#include "pipeline/mark/residual.h"

namespace cameo {
namespace {

constexpr double kAimedMse = 1.75;  // levels squared; rounding adds up to 1/4: 45.1 dB
constexpr int kStrip = 16;          // rows that are added at once: they stay in the cache

// Fixed point, of which a product fits 16 bits: pattern * gain is in 1/2048 of a level.
constexpr int kPatternUnit = 32, kPatternMost = 120;
constexpr int kGainUnit = 64;
constexpr int kLevelShift = 11;
static_assert(kPatternMost * kMostGain * kGainUnit + (1 << kLevelShift) < 32768);

// Ordered dither by a lattice: (193 x + 146 y) mod 256 is spread evenly (the R2 sequence); row y is
// row 0 moved by 18 y pixels, as 193 * 18 is 146 mod 256.
constexpr std::size_t kDitherPeriod = 256, kDitherX = 193, kDitherRow = 18;

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

/// Thresholds of rounding down, in 1/2048 of a level, so that a change of less than half a level
/// comes out in the mean of its surroundings. Row y begins at kDitherRow * y mod kDitherPeriod.
std::vector<std::int16_t> dither_row(std::size_t width) {
  constexpr std::size_t kStep = (1U << kLevelShift) / kDitherPeriod;
  std::vector<std::int16_t> out(width + kDitherPeriod);
  for (std::size_t x = 0; x < out.size(); ++x)
    out[x] = static_cast<std::int16_t>(kStep * (kDitherX * x % kDitherPeriod) + kStep / 2);
  return out;
}

/// A row of a gain map that is `wide` when it is enlarged to so many rows, bilinearly.
void gain_row(const cv::Mat& wide, int height, int y, std::vector<std::uint16_t>& out) {
  const double at =
      std::clamp((y + 0.5) * wide.rows / height - 0.5, 0.0, static_cast<double>(wide.rows - 1));
  const int above = static_cast<int>(at);
  const auto part = static_cast<std::uint16_t>(std::lround((at - above) * 256));
  const auto rest = static_cast<std::uint16_t>(256 - part);
  const auto* a = wide.ptr<std::uint16_t>(above);
  const auto* b = wide.ptr<std::uint16_t>(std::min(above + 1, wide.rows - 1));
  for (std::size_t x = 0; x < out.size(); ++x)
    out[x] = static_cast<std::uint16_t>((a[x] * rest + b[x] * part) >> 8);
}

/// Factor of a gain under which a pattern of this power keeps the PSNR.
double strength_of(const cv::Mat& gain, const cv::Mat& power) {
  const double expected = gain.mul(gain).dot(power) / static_cast<double>(gain.total());
  return std::min(1.0, std::sqrt(kAimedMse / expected));
}

/// Adds one change to each channel of a row; what passes black or white stays there.
void add_to_row(const std::int8_t* change, std::uint8_t* row, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    auto value = static_cast<std::int16_t>(row[i] + change[i]);
    value = std::max<std::int16_t>(value, 0);
    row[i] = static_cast<std::uint8_t>(std::min<std::int16_t>(value, 255));
  }
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

Watermark::Watermark(const WatermarkPayload& payload, std::uint64_t key, MarkedMedium medium)
    : carriers_(key), word_(bch_encode(pack(payload))), medium_(medium) {
  check(payload.asset <= kMostAsset, ErrorCode::Usage, "watermark: asset id ", payload.asset,
        " has more than 56 bits");
  BitStrengths equal{};
  equal.fill(1);
  tile_ = carriers_.tile(word_, equal);
}

Watermark::Laid Watermark::lay(const cv::Mat& tile, cv::Size size) {
  const cv::Mat pattern = lay_tiles(tile, size);
  Laid out;
  cv::resize(pattern.mul(pattern), out.power, gain_size(size), 0, 0, cv::INTER_AREA);
  const cv::Mat fixed = cv::max(cv::min(pattern * kPatternUnit, kPatternMost), -kPatternMost);
  fixed.convertTo(out.pattern, CV_8S);
  return out;
}

Watermark::Laid Watermark::laid(cv::Size size) {
  const std::lock_guard lock(mutex_);
  // A new one, as another thread may still add the old one.
  if (laid_.pattern.size() != size) laid_ = lay(tile_, size);
  return laid_;
}

std::unique_ptr<Watermark::Scratch> Watermark::take_scratch() {
  const std::lock_guard lock(mutex_);
  if (scratch_.empty()) return std::make_unique<Scratch>();
  std::unique_ptr<Scratch> one = std::move(scratch_.back());
  scratch_.pop_back();
  return one;
}

void Watermark::add_8_bit(const cv::Mat& pattern, Scratch& scratch, cv::Mat& frame) {
  const auto width = static_cast<std::size_t>(frame.cols);
  if (scratch.dither.size() != width + kDitherPeriod) scratch.dither = dither_row(width);
  for (int top = 0; top < frame.rows; top += kStrip) {
    const int rows = std::min(kStrip, frame.rows - top);
    scratch.change.create(rows, frame.cols, CV_8SC1);
    for (int i = 0; i < rows; ++i) {
      const int y = top + i;
      gain_row(scratch.wide, frame.rows, y, scratch.gain);
      const auto* p = pattern.ptr<std::int8_t>(y);
      const auto* g = scratch.gain.data();
      const auto* dither =
          scratch.dither.data() + kDitherRow * static_cast<std::size_t>(y) % kDitherPeriod;
      auto* change = scratch.change.ptr<std::int8_t>(i);
      for (std::size_t x = 0; x < width; ++x) {
        const auto level = static_cast<std::int16_t>(p[x] * g[x] + dither[x]);
        change[x] = static_cast<std::int8_t>(level >> kLevelShift);
      }
    }
    const cv::Mat channels[] = {scratch.change, scratch.change, scratch.change};
    cv::merge(channels, 3, scratch.spread);
    for (int i = 0; i < rows; ++i)
      add_to_row(scratch.spread.ptr<std::int8_t>(i), frame.ptr<std::uint8_t>(top + i), 3 * width);
  }
}

void Watermark::add_16_bit(const cv::Mat& pattern, Scratch& scratch, cv::Mat& frame) {
  constexpr int kLevel = 257;  // of 16 bits
  constexpr int kHalf = 1 << (kLevelShift - 1);
  for (int y = 0; y < frame.rows; ++y) {
    gain_row(scratch.wide, frame.rows, y, scratch.gain);
    const auto* p = pattern.ptr<std::int8_t>(y);
    const auto* g = scratch.gain.data();
    auto* pixel = frame.ptr<cv::Vec3w>(y);
    for (int x = 0; x < frame.cols; ++x) {
      const int change = (p[x] * g[x] * kLevel + kHalf) >> kLevelShift;
      for (int c = 0; c < 3; ++c)
        pixel[x][c] = cv::saturate_cast<std::uint16_t>(pixel[x][c] + change);
    }
  }
}

void Watermark::embed(cv::Mat& frame) {
  check(frame.type() == CV_8UC3 || frame.type() == CV_16UC3, ErrorCode::Usage,
        "watermark: wants 8- or 16-bit BGR, got type ", frame.type());
  check_can_be_marked(frame.size());
  const bool still = medium_ == MarkedMedium::Still;
  const cv::Mat gain = perceptual_gain(frame, still ? kFlatGain : kVideoFlatGain);
  Laid laid = this->laid(frame.size());
  if (still) {
    const auto strengths = informed_strengths(
        mark_luma(frame), strength_of(gain, laid.power) * gain, carriers_, word_);
    if (strengths) laid = lay(carriers_.tile(word_, *strengths), frame.size());
  }
  std::unique_ptr<Scratch> scratch = take_scratch();
  cv::Mat fixed;
  gain.convertTo(fixed, CV_16U, strength_of(gain, laid.power) * kGainUnit);
  cv::resize(fixed, scratch->wide, {frame.cols, gain.rows}, 0, 0, cv::INTER_LINEAR);
  scratch->gain.resize(static_cast<std::size_t>(frame.cols));
  if (frame.depth() == CV_16U)
    add_16_bit(laid.pattern, *scratch, frame);
  else
    add_8_bit(laid.pattern, *scratch, frame);
  const std::lock_guard lock(mutex_);
  scratch_.push_back(std::move(scratch));
}

}  // namespace cameo
