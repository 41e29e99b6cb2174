// SPDX-License-Identifier: MIT
#include "pipeline/mark/watermark_detector.h"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "base/error.h"

namespace cameo {
namespace {

constexpr double kHighPass = 4.5, kLowPass = 0.8;  // sigmas of the band pass, pixels at kMarkScale
constexpr int kLocal = 27;           // side of the window of the local deviation, pixels
constexpr double kLeastNoise = 0.5;  // levels: a flat area is not blown up to full strength
constexpr double kClip = 2.5;        // deviations; one strong edge is not to outweigh a region

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
  cv::Mat fine;
  cv::Mat rough;
  cv::GaussianBlur(seen, fine, {}, kLowPass);
  cv::GaussianBlur(seen, rough, {}, kHighPass);
  const cv::Mat band = fine - rough;
  cv::Mat deviation;
  cv::blur(band.mul(band), deviation, {kLocal, kLocal});
  cv::sqrt(cv::max(deviation, 0), deviation);
  cv::Mat residual = band / (deviation + kLeastNoise);
  residual = cv::max(cv::min(residual, kClip), -kClip);
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
  out.found = hit.score >= kMarkThreshold;
  if (!out.found) return out;
  out.placement = hit.placement;
  const std::optional<BchDecoded> decoded =
      bch_decode_soft(read_bits(sum_, carriers_, hit.placement));
  if (!decoded) return out;
  const WatermarkPayload payload = unpack(decoded->data);
  if (payload.version != kMarkVersion) return out;
  out.payload = payload;
  out.corrected_bits = decoded->corrected;
  return out;
}

WatermarkResult detect_watermark(const cv::Mat& picture, std::uint64_t key) {
  WatermarkDetector detector(key);
  detector.add(picture);
  return detector.result();
}

}  // namespace cameo
