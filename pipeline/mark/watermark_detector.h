// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <optional>

#include <opencv2/core.hpp>

#include "pipeline/mark/carriers.h"
#include "pipeline/mark/placement.h"
#include "pipeline/mark/watermark.h"

namespace cameo {

/// Score from which a watermark counts as found if its payload can be read, too; noise passes the
/// error correction and the check of the version with a probability of 5.5e-5.
inline constexpr double kMarkThreshold = 7.0;
/// The same where a watermark lies in a picture that was not cropped (uncropped_mark). Noise scores
/// as much with a probability of 2.5e-4.
inline constexpr double kUncroppedMarkThreshold = 4.0;
/// Score from which a watermark counts as found although its payload cannot be read.
inline constexpr double kSureMarkThreshold = 10.5;

/// What a watermark detector says of a picture or a video.
struct WatermarkResult {
  bool found = false;  ///< with a payload, or beyond kSureMarkThreshold
  double score = 0;    ///< correlation with the pilots, standard deviations of noise
  std::optional<WatermarkPayload> payload;  ///< nothing: not found, or its bits cannot be read
  int corrected_bits = 0;                   ///< bits of the codeword that were wrong
  MarkPlacement placement;                  ///< best one: what was done since, if found
};

/// Detector of watermarks under one key, blind: knows neither original nor payload. Finds them in
/// pictures that were compressed, resized, mirrored, turned, cropped or padded (placement.h has the
/// ranges); a single picture is a video of one frame.
class WatermarkDetector {
 public:
  explicit WatermarkDetector(std::uint64_t key = kPublicMarkKey) : carriers_(key) {}

  /// Adds a frame (8- or 16-bit BGR) to those that are looked at together. Throws Error:
  /// ErrorCode::Input for one that is too small to be marked, ErrorCode::Usage for another type or
  /// another size than the first frame's.
  void add(const cv::Mat& frame);

  /// Searches the frames that were added. Throws Error (ErrorCode::Usage) if there are none.
  WatermarkResult result() const;

 private:
  Carriers carriers_;
  cv::Size size_;
  cv::Mat sum_;  // of the frames' residuals
};

/// Watermark of one picture (8- or 16-bit BGR). Throws as WatermarkDetector::add does.
WatermarkResult detect_watermark(const cv::Mat& picture, std::uint64_t key = kPublicMarkKey);

/// Watermark in a residual (mark_residual), or in the sum of those of several frames.
WatermarkResult read_watermark(const cv::Mat& residual, const Carriers& carriers);

}  // namespace cameo
