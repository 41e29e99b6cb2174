// SPDX-License-Identifier: MIT
#include "pipeline/mark/watermark_detector.h"

#include "base/error.h"
#include "pipeline/mark/ordered_statistics.h"
#include "pipeline/mark/residual.h"

namespace cameo {
namespace {

/// Puts in what the bits under a placement say, if that is a payload.
void read_payload(const cv::Mat& residual, const Carriers& carriers, const MarkHit& hit,
                  WatermarkResult& out) {
  const std::array<float, kBchLength> soft = read_bits(residual, carriers, hit.placement);
  std::optional<BchDecoded> decoded = bch_decode_soft(soft);
  // Of faint watermarks it takes a wrong codeword, near the right one, too often.
  if (!decoded && hit.score >= kMarkThreshold) decoded = decode_by_ordered_statistics(soft);
  if (!decoded || unpack(decoded->data).version != kMarkVersion) return;
  out = {.found = true,
         .score = hit.score,
         .payload = unpack(decoded->data),
         .corrected_bits = decoded->corrected,
         .placement = hit.placement};
}

}  // namespace

WatermarkResult read_watermark(const cv::Mat& residual, const Carriers& carriers) {
  const MarkHit hit = find_mark(residual, carriers);
  WatermarkResult out{
      .found = hit.score >= kSureMarkThreshold, .score = hit.score, .placement = hit.placement};
  if (hit.score >= kMarkThreshold) read_payload(residual, carriers, hit, out);
  if (out.payload) return out;
  // Where it lies in a picture that kept its edges less is proof.
  const MarkHit uncropped = uncropped_mark(residual, carriers);
  if (uncropped.score >= kUncroppedMarkThreshold) read_payload(residual, carriers, uncropped, out);
  return out;
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
  return read_watermark(sum_, carriers_);
}

WatermarkResult detect_watermark(const cv::Mat& picture, std::uint64_t key) {
  WatermarkDetector detector(key);
  detector.add(picture);
  return detector.result();
}

}  // namespace cameo
