// SPDX-License-Identifier: MIT
#include "pipeline/measure/frame_measures.h"

#include <array>

namespace cameo {

std::span<const Measure> measures() {
  using M = FrameMeasures;
  static constexpr std::array<Measure, 13> kMeasures = {{
      {"sharpness", "sharpness, share of the reference's (1)", 3, &M::sharpness},
      {"yaw_error", "yaw error, degrees (0)", 2, &M::yaw_error},
      {"pitch_error", "pitch error, degrees (0)", 2, &M::pitch_error},
      {"roll_error", "roll error, degrees (0)", 2, &M::roll_error},
      {"expression_error", "expression error, distances between the eyes (0)", 4,
       &M::expression_error},
      {"blink_error", "blink error, eye aspect ratio (0)", 4, &M::blink_error},
      {"mouth_error", "mouth error, distances between the eyes (0)", 4, &M::mouth_error},
      {"jitter", "jitter, pixels/frame^2 (the original's)", 3, &M::jitter},
      {"jitter_original", "jitter of the original, pixels/frame^2", 3, &M::jitter_original},
      {"flicker", "flicker, 8-bit levels (0)", 2, &M::flicker},
      {"seam", "seam, 8-bit levels (0)", 2, &M::seam},
      {"blotches", "blotches, share of the drawn pixels (0)", 4, &M::blotches},
      {"preservation",
       "preservation, share of the pixels outside that are the original's (1 where lossless)", 4,
       &M::preservation},
  }};
  return kMeasures;
}

FrameMeasures mean_of(std::span<const FrameMeasures> frames) {
  FrameMeasures mean;
  for (const Measure& measure : measures()) {
    double sum = 0;
    double count = 0;
    for (const FrameMeasures& frame : frames) {
      sum += (frame.*measure.value).value_or(0);
      count += (frame.*measure.value) ? 1 : 0;
    }
    if (count > 0) mean.*measure.value = sum / count;
  }
  return mean;
}

}  // namespace cameo
