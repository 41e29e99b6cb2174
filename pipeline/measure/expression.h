// SPDX-License-Identifier: MIT
#pragma once
#include "pipeline/face/geometry.h"

namespace cameo {

/// How far two expressions differ; all 0 for equal ones, and for one moved, scaled or rolled.
struct ExpressionError {
  double landmarks = 0;  ///< mean distance of the inner landmarks, in distances between the eyes
  double blink = 0;      ///< difference of the eye aspect ratios
  double mouth = 0;      ///< difference of the mouth openings, in distances between the eyes
};

/// Distance between the middles of the eyes, in the landmarks' unit. Throws Error if they are not
/// 68 or the eyes coincide.
double eye_distance(const Landmarks& landmarks);

/// Eye aspect ratio, the mean of both eyes: height by width, about 0.3 for open eyes and below 0.15
/// for closed ones. Throws Error if the landmarks are not 68 or an eye has no width.
/// Source: Soukupova and Cech 2016, Real-Time Eye Blink Detection using Facial Landmarks.
double eye_aspect_ratio(const Landmarks& landmarks);

/// Gap between the inner lips, the mean of three places, in distances between the eyes; 0 is
/// closed. Throws Error as eye_distance does.
double mouth_opening(const Landmarks& landmarks);

/// The difference between a swapped face's expression and the one it should keep. Landmarks 17..67
/// are compared where the mean face's similarity (align_unit) puts them, which takes out place,
/// size and roll, and not yaw and pitch. Two persons differ by a few hundredths in one expression.
ExpressionError expression_error(const Landmarks& swapped, const Landmarks& original);

}  // namespace cameo
