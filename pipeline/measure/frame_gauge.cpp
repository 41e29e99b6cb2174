// SPDX-License-Identifier: MIT
#include "pipeline/measure/frame_gauge.h"

#include <algorithm>

#include "base/error.h"
#include "pipeline/compose/mask.h"
#include "pipeline/face/pose.h"
#include "pipeline/measure/expression.h"
#include "pipeline/measure/preservation.h"
#include "pipeline/measure/seam.h"
#include "pipeline/measure/sharpness.h"

namespace cameo {
namespace {

void put_errors(FrameMeasures& m, const Landmarks& swap, const Landmarks& original) {
  const HeadPose pose = pose_error(swap, original);
  m.yaw_error = pose.yaw;
  m.pitch_error = pose.pitch;
  m.roll_error = pose.roll;
  const ExpressionError expression = expression_error(swap, original);
  m.expression_error = expression.landmarks;
  m.blink_error = expression.blink;
  m.mouth_error = expression.mouth;
}

}  // namespace

cv::Mat drawn_region(cv::Size size, const std::vector<Face>& faces, int coverage) {
  cv::Mat region = cv::Mat::zeros(size, CV_8UC1);
  for (const Face& face : faces) {
    const PlacedSquare placed = place_square(face.landmarks, {coverage, coverage});
    const Mask part = make_mask(size, face.landmarks, placed, {.feather = 0});
    if (!part.where.empty()) region(part.where).setTo(255, part.weight > 0.5);
  }
  return region;
}

FrameMeasures FrameGauge::measure(const std::string& name, const SwappedFrame& frame,
                                  const cv::Mat& reference, const std::vector<Face>& faces,
                                  FrameMeasures* before) {
  FrameMeasures m;
  m.sharpness = sharpness(frame.swap, reference, frame.mask);
  ClipFrame now{.name = name, .images = frame};
  const bool known = !faces.empty() && std::all_of(faces.begin(), faces.end(), [](const Face& f) {
    return f.landmarks.size() == kIbug68;
  });
  if (known) {
    const Face& face = faces.front();
    const cv::Mat drawn = drawn_region(frame.swap.size(), faces, options_.coverage);
    m.seam = seam(frame.swap, frame.original, drawn);
    if (options_.colors != nullptr)
      m.blotches = options_.colors->blotches(frame.swap, face.landmarks, drawn);
    m.preservation = preservation(frame.swap, frame.original, faces, options_.coverage);
    now.face = face.landmarks;
    if (options_.landmarks != nullptr && !face.box.empty()) {
      now.swap = options_.landmarks->predict(frame.swap, face.box);
      now.original = options_.landmarks->predict(frame.original, face.box);
      try {
        put_errors(m, now.swap, now.original);
      } catch (const Error&) {
        // Landmarks that are no face, as a swap that has gone wrong may have: the rest counts.
      }
    }
  }
  const ClipMeasures over_time = clip_.add(std::move(now));
  m.flicker = over_time.flicker;
  if (over_time.jitter && before != nullptr) {
    before->jitter = over_time.jitter;
    before->jitter_original = over_time.jitter_original;
  }
  return m;
}

}  // namespace cameo
