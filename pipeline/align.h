// SPDX-License-Identifier: MIT
#pragma once
#include <span>

#include "pipeline/geometry.h"

namespace cameo {

/// The rotation, uniform scale and shift that takes `from` to `to` with the least squared error.
/// from, to: the same number (>= 2) of points. Throws Error if the counts differ or all points of
/// `from` coincide. Source: Umeyama 1991, IEEE PAMI 13(4), doi:10.1109/34.88573.
Transform similarity(std::span<const cv::Point2d> from, std::span<const cv::Point2d> to);

/// Frame pixels -> the unit square of the 51-point mean face (landmarks 17..67).
/// The mean face and its coordinates: faceswap 2018, lib/aligner.py (semantics in docs).
Transform align_unit(const Landmarks& landmarks);

/// `unit` scaled to a picture of `size` pixels with `padding` pixels around the unit square:
/// aligned pixel = padding + (size - 2 padding) * u.
Transform align_to(const Transform& unit, int size, int padding);

/// The map back.
Transform invert(const Transform& transform);

}  // namespace cameo
