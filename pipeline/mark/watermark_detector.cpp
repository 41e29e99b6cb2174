// SPDX-License-Identifier: MIT
#include "pipeline/mark/watermark_detector.h"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "base/error.h"

namespace cameo {
namespace {

/// Sigmas of the Gaussians between which the three band passes lie, pixels at kMarkScale.
constexpr double kBands[] = {1.2, 2.4, 5.0};
constexpr int kLocal = 9;  // side of the window of the local deviation, pixels
// Levels: a flat area is not blown up without end, in which a codec leaves the noise of its own.
constexpr double kLeastNoise = 0.8;
constexpr double kClip = 2.5;  // deviations; one strong edge is not to outweigh a region

}  // namespace

cv::Mat mark_residual(const cv::Mat& frame) {
  check(frame.type() == CV_8UC3 || frame.type() == CV_16UC3, ErrorCode::Usage,
        "watermark: wants 8- or 16-bit BGR, got type ", frame.type());
  check_can_be_marked(frame.size());
  cv::Mat luma;
  cv::cvtColor(frame, luma, cv::COLOR_BGR2GRAY);
  luma.convertTo(luma, CV_32F, frame.depth() == CV_16U ? 1.0 / 257 : 1.0);
  const double scale = std::sqrt(static_cast<double>(luma.cols) * luma.rows) / kMarkScale;
  const cv::Size size(static_cast<int>(std::lround(luma.cols / scale)),
                      static_cast<int>(std::lround(luma.rows / scale)));
  cv::Mat seen;
  cv::resize(luma, seen, size, 0, 0, scale > 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  cv::Mat residual = cv::Mat::zeros(size, CV_32FC1);
  cv::Mat fine = seen;
  for (double sigma : kBands) {
    cv::Mat rough;
    cv::GaussianBlur(seen, rough, {}, sigma);
    const cv::Mat band = fine - rough;
    cv::Mat deviation;
    cv::blur(band.mul(band), deviation, {kLocal, kLocal});
    cv::sqrt(cv::max(deviation, 0), deviation);
    deviation += kLeastNoise;
    cv::Mat normal = band / deviation;
    normal = cv::max(cv::min(normal, kClip), -kClip);
    // Beyond equal power: what hides the watermark less tells more of it.
    cv::sqrt(deviation, deviation);
    residual += normal / deviation;
    fine = rough;
  }
  return residual;
}

void WatermarkDetector::add(const cv::Mat& frame) {
  check(sum_.empty() || frame.size() == size_, ErrorCode::Usage, "watermark: frame of ", frame.cols,
        "x", frame.rows, " among frames of ", size_.width, "x", size_.height);
  const cv::Mat residual = mark_residual(frame);
  size_ = frame.size();
  if (sum_.empty()) {
    sum_ = residual;
  } else {
    sum_ += residual;
  }
}

WatermarkResult WatermarkDetector::result() const {
  check(!sum_.empty(), ErrorCode::Usage, "watermark: no frame was added to the detector");
  const MarkHit hit = find_mark(sum_, carriers_);
  WatermarkResult out;
  out.score = hit.score;
  if (hit.score < kMarkThreshold) return out;
  const std::optional<BchDecoded> decoded =
      bch_decode_soft(read_bits(sum_, carriers_, hit.placement));
  if (decoded && unpack(decoded->data).version == kMarkVersion) {
    out.payload = unpack(decoded->data);
    out.corrected_bits = decoded->corrected;
  }
  out.found = out.payload || hit.score >= kSureMarkThreshold;
  if (out.found) out.placement = hit.placement;
  return out;
}

WatermarkResult detect_watermark(const cv::Mat& picture, std::uint64_t key) {
  WatermarkDetector detector(key);
  detector.add(picture);
  return detector.result();
}

}  // namespace cameo
