// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include <opencv2/core.hpp>

#include "pipeline/mark/carriers.h"
#include "pipeline/mark/masking.h"

namespace cameo {

/// Key of watermarks that anyone may read.
inline constexpr std::uint64_t kPublicMarkKey = 0x63616d656f2d3031;  // "cameo-01"
/// Version of the watermark's format that is written.
inline constexpr std::uint8_t kMarkVersion = 1;
/// Shortest side of a picture that can be marked, pixels: in less the watermark's finest waves
/// come near to two pixels.
inline constexpr int kLeastMarkedSide = 192;

/// What a watermark says: 64 bits.
struct WatermarkPayload {
  std::uint8_t version = kMarkVersion;
  std::uint64_t asset = 0;  ///< random asset id, 56 bits
  bool operator==(const WatermarkPayload&) const = default;
};

/// Largest asset id.
inline constexpr std::uint64_t kMostAsset = (std::uint64_t{1} << 56U) - 1;

/// The payload as the 64 data bits of a codeword, version first.
std::uint64_t pack(const WatermarkPayload& payload);
WatermarkPayload unpack(std::uint64_t bits);

/// What a watermark is for: the strength in flat areas (kFlatGain, kVideoFlatGain), and whether
/// bits share their power by what the picture shows (informed_strengths): a still is read alone,
/// of a video frames are pooled.
enum class MarkedMedium { Still, Video };

/// Whether a picture of this size can be marked.
bool can_be_marked(cv::Size size);

/// Throws Error (ErrorCode::Input) "too small to mark" if it cannot.
void check_can_be_marked(cv::Size size);

/// Embeds an invisible watermark in frames: a keyed spread-spectrum pattern added to luma, scaled
/// with the frame's size, weaker where a frame is smooth (perceptual masking), PSNR of at least
/// 45 dB. In a video the pattern depends on key and payload only, so that frames can be pooled; it
/// is kept for the size of the last frame. Equal input gives equal output. Several threads may
/// embed at once.
class Watermark {
 public:
  /// Throws Error (ErrorCode::Usage) if the asset id has more than 56 bits.
  explicit Watermark(const WatermarkPayload& payload, std::uint64_t key = kPublicMarkKey,
                     MarkedMedium medium = MarkedMedium::Still);

  /// Adds the watermark to `frame` (8- or 16-bit BGR), in place. Throws Error: ErrorCode::Input
  /// for a frame that is too small (can_be_marked), ErrorCode::Usage for another type.
  void embed(cv::Mat& frame);

 private:
  // The tiles laid over a frame.
  struct Laid {
    cv::Mat pattern;  // CV_8SC1, fixed point
    cv::Mat power;    // CV_32FC1 of gain_size(): mean square of the pattern
  };
  struct Scratch {
    cv::Mat wide;  // CV_16UC1: gain in fixed point, as wide as the frame
    cv::Mat change, spread;
    std::vector<std::uint16_t> gain;
    std::vector<std::int16_t> dither;
  };
  static void add_8_bit(const cv::Mat& pattern, Scratch& scratch, cv::Mat& frame);
  static void add_16_bit(const cv::Mat& pattern, Scratch& scratch, cv::Mat& frame);
  static Laid lay(const cv::Mat& tile, cv::Size size);
  Laid laid(cv::Size size);
  std::unique_ptr<Scratch> take_scratch();

  Carriers carriers_;
  BchWord word_;
  cv::Mat tile_;  // CV_32FC1, with equal strengths
  MarkedMedium medium_;
  std::mutex mutex_;
  Laid laid_;                                      // of the last frame's size
  std::vector<std::unique_ptr<Scratch>> scratch_;  // of no thread now: kept for their memory
};

}  // namespace cameo
