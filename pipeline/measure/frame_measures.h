// SPDX-License-Identifier: MIT
#pragma once
#include <optional>
#include <span>

namespace cameo {

/// Measures of one swapped frame that need no exact swap, or the means of all frames. Nothing where
/// one cannot be known: without landmarks, without neighbouring frames, without training faces.
struct FrameMeasures {
  std::optional<double> sharpness;         ///< sharpness.h
  std::optional<double> yaw_error;         ///< pose.h
  std::optional<double> pitch_error;       ///< pose.h
  std::optional<double> roll_error;        ///< pose.h
  std::optional<double> expression_error;  ///< expression.h, ExpressionError::landmarks
  std::optional<double> blink_error;       ///< expression.h
  std::optional<double> mouth_error;       ///< expression.h
  std::optional<double> jitter;            ///< jitter.h, of the swap
  std::optional<double> jitter_original;   ///< jitter.h, of the footage: the other end
  std::optional<double> flicker;           ///< flicker.h
  std::optional<double> seam;              ///< seam.h
  std::optional<double> blotches;          ///< blotches.h
  std::optional<double> preservation;      ///< preservation.h
};

/// How a measure is called and shown.
struct Measure {
  const char* name;   ///< in files that programs read: never changes
  const char* title;  ///< for people, with unit and the best value
  int digits;         ///< after the point, for people
  std::optional<double> FrameMeasures::*value;
};

/// All members of FrameMeasures, in their order.
std::span<const Measure> measures();

/// Mean of each measure over the frames in which it is known.
FrameMeasures mean_of(std::span<const FrameMeasures> frames);

}  // namespace cameo
