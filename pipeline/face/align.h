// SPDX-License-Identifier: MIT
#pragma once
#include <span>

#include "pipeline/face/geometry.h"

namespace cameo {

/// The rotation, uniform scale and shift that takes `from` to `to` with the least squared error.
/// from, to: the same number (>= 2) of points. Mirrored sets give the best map without a mirror.
/// Throws Error if the counts differ or all points of `from` coincide.
/// Source: Umeyama 1991, IEEE PAMI 13(4), doi:10.1109/34.88573; closed form of the planar case.
Transform similarity(std::span<const cv::Point2d> from, std::span<const cv::Point2d> to);

/// The 51 points of the mean face (landmarks 17..67) in the unit square.
std::span<const cv::Point2d> mean_face();

/// Frame pixels -> the unit square of the mean face, fitted over landmarks 17..67: a similarity of
/// the frame as it is shown, with pixels `pixel_aspect` times as wide as high.
/// Throws Error if they are not 68 points, or those coincide, or the aspect is not positive.
Transform align_unit(const Landmarks& landmarks, double pixel_aspect = 1);

/// `unit` scaled to an image of `size` pixels with `padding` pixels around the unit square:
/// aligned pixel = padding + (size - 2 padding) * u.
Transform align_to(const Transform& unit, int size, int padding);

/// The map back. Throws Error if there is none.
Transform invert(const Transform& transform);

/// The same map for points counted from `corner`: result(p) = transform(p + corner).
Transform from_corner(Transform transform, cv::Point corner);

/// Where `point` lands.
cv::Point2d apply(const Transform& transform, const cv::Point2d& point);

}  // namespace cameo
